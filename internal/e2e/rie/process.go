package rie

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Process returns the process of the function itself. There is none before the first event.
func (e *Emulator) Process() (*os.Process, error) {
	pids, err := e.children()
	if err != nil {
		return nil, err
	}
	if len(pids) != 1 {
		return nil, fmt.Errorf("the emulator runs %d processes, not one function", len(pids))
	}
	return os.FindProcess(pids[0])
}

// PeakMemory returns the most memory that the function's process ever had resident, in bytes:
// VmHWM of https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
func (e *Emulator) PeakMemory() (int, error) {
	p, err := e.Process()
	if err != nil {
		return 0, err
	}
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.Pid), "status"))
	if err != nil {
		return 0, fmt.Errorf("reading the status of the function's process: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		text, found := strings.CutPrefix(line, "VmHWM:")
		if !found {
			continue
		}
		kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")))
		if err != nil {
			return 0, fmt.Errorf("reading %q: %w", line, err)
		}
		return kilobytes << 10, nil
	}
	return 0, errors.New("the status of the function's process holds no VmHWM")
}

var initReport = regexp.MustCompile(`INIT REPORT\(durationMs: ([0-9.]+)\)`)

// Init returns how long the first start of the function took by the emulator's log: from
// the start of its process until it asked for an event.
func (e *Emulator) Init() (time.Duration, error) {
	found := initReport.FindStringSubmatch(e.Own())
	if found == nil {
		return 0, errors.New("the emulator's log holds no INIT REPORT")
	}
	milliseconds, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		return 0, fmt.Errorf("reading %q: %w", found[0], err)
	}
	return time.Duration(milliseconds * float64(time.Millisecond)), nil
}

// children returns the processes that the emulator started and that still run.
func (e *Emulator) children() ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return nil, errors.New("listing processes: there is no /proc, which the emulator's harness needs")
	}
	var pids []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "pid (name) state ppid …"; the name may hold anything.
		_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
		fields := strings.Fields(rest)
		if len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(e.command.Process.Pid) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return nil, fmt.Errorf("reading the process ID of %s: %w", path, err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}
