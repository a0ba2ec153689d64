package plan

import "strings"

// Shell returns args as one line for a POSIX shell, quoted where it must be.
func Shell(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = quote(a)
	}
	return strings.Join(quoted, " ")
}

// harmless are the characters, beside letters and digits, that no shell interprets inside
// a word. A leading "=" is left out of the account: zsh expands it, so "=" alone is quoted.
const harmless = "_-./:,@%+="

func quote(arg string) string {
	if arg != "" && arg[0] != '=' && !strings.ContainsFunc(arg, special) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

func special(r rune) bool {
	plain := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !plain && !strings.ContainsRune(harmless, r)
}
