package path

import "strconv"

// Ports says a run of ports as the consoles do: "443", "1024-65535".
func Ports(from, to int) string {
	if from == to {
		return strconv.Itoa(from)
	}
	return strconv.Itoa(from) + "-" + strconv.Itoa(to)
}
