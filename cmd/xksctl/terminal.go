package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/term"

	"github.com/xks-remediator/xks-remediator/internal/picture"
)

// usual is the width of a page that no terminal shows.
const usual = 100

// options says what the output can show. Colours are for a terminal alone, and not where
// somebody asked for none: https://no-color.org
func (a *app) options(noColor bool) picture.Options {
	o := picture.Options{Width: usual, ASCII: !utf8(a.env)}
	if n, err := strconv.Atoi(a.env("COLUMNS")); err == nil && n > 0 {
		o.Width = n
	}
	file, ok := a.out.(*os.File)
	if !ok || !term.IsTerminal(file.Fd()) {
		return o
	}
	if width, _, err := term.GetSize(file.Fd()); err == nil && width > 0 {
		o.Width = width
	}
	o.Color = !noColor && a.env("NO_COLOR") == "" && a.env("TERM") != "dumb"
	return o
}

// utf8 reports whether the locale's characters are UTF-8: the first of these variables that
// is set says so. https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
func utf8(env func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := env(name); value != "" {
			folded := strings.ToLower(value)
			return strings.Contains(folded, "utf-8") || strings.Contains(folded, "utf8")
		}
	}
	return runtime.GOOS == "windows" // which has no such variables
}
