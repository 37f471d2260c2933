//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/bench/rig"
)

// A process is a server that this program started, with the processes that
// it started itself.
type process struct {
	name  string
	cmd   *exec.Cmd
	log   string        // file with its standard output and error
	ended chan struct{} // closed when the process has been waited for
}

// startProcess starts argv in a process group of its own, so that ^C is for
// this program alone. The process is asked to end when the calling thread
// does, however this program ends, so the caller must stay on its thread.
func startProcess(name, log string, argv ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the process has its own descriptor
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{name: name, cmd: cmd, log: log, ended: make(chan struct{})}
	go func() { // ends with the process, for which stop waits
		_ = cmd.Wait() // how it ended is in its log
		close(p.ended)
	}()
	return p, nil
}

// stop asks the process to end, and makes it and whatever it left behind end
// after a time of grace.
func (p *process) stop(grace time.Duration) {
	left := family(p.cmd.Process.Pid)
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	for _, k := range left {
		if k.runs() {
			_ = syscall.Kill(k.pid, syscall.SIGKILL)
		}
	}
}

// tail returns the end of what the process printed.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}

// A kin is one process of a family. The time at which it started tells it
// from a later one with the same number.
type kin struct {
	pid     int
	started string
}

// family returns a process and its live descendants.
func family(root int) []kin {
	var all []kin
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		pid := queue[0]
		if started, err := startTime(pid); err == nil {
			all = append(all, kin{pid, started})
		}
		lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is valid
		for _, list := range lists {
			children, err := os.ReadFile(list)
			if err != nil {
				continue // the thread has ended
			}
			for _, child := range strings.Fields(string(children)) {
				if n, err := strconv.Atoi(child); err == nil {
					queue = append(queue, n)
				}
			}
		}
	}
	return all
}

// runs reports whether the process is there and no zombie.
func (k kin) runs() bool {
	fields, err := statFields(k.pid)
	return err == nil && fields[19] == k.started && fields[0] != "Z"
}

// startTime returns field 22 of /proc/PID/stat.
func startTime(pid int) (string, error) {
	fields, err := statFields(pid)
	if err != nil {
		return "", err
	}
	return fields[19], nil
}

// statFields returns /proc/PID/stat from field 3 on. The second field, the
// name, may hold spaces and parentheses.
func statFields(pid int) ([]string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return nil, errors.New("/proc: short stat")
	}
	return fields, nil
}

// A usage is what a set of families has used so far.
type usage struct {
	cpu  time.Duration
	kins []kin
}

// usageOf adds up the CPU time of the families of all processes, user and
// system, of threads that have ended as well.
func usageOf(processes []*process) (usage, error) {
	var u usage
	for _, p := range processes {
		u.kins = append(u.kins, family(p.cmd.Process.Pid)...)
	}
	for _, k := range u.kins {
		t, err := rig.CPUTime(k.pid)
		if err != nil {
			return u, fmt.Errorf("CPU time of process %d: %w", k.pid, err)
		}
		u.cpu += t
	}
	return u, nil
}

// errFamily is that a process came or went while CPU time was measured: it
// would be counted wrongly. nginx's cache loader ends a minute after the start.
var errFamily = errors.New("a process came or went")

// since returns the CPU time used since an earlier look at the same
// processes, or errFamily.
func (u usage) since(earlier usage) (time.Duration, error) {
	if !slices.Equal(u.kins, earlier.kins) {
		return 0, errFamily
	}
	return u.cpu - earlier.cpu, nil
}

// memory returns the bytes that the families hold, shared pages counted once
// (Pss). Of a process that keeps this to itself, resident pages are counted.
func memory(processes []*process) (int64, error) {
	var sum int64
	for _, p := range processes {
		for _, k := range family(p.cmd.Process.Pid) {
			n, err := kibibytes(k.pid, "smaps_rollup", "Pss:")
			if errors.Is(err, fs.ErrPermission) {
				n, err = kibibytes(k.pid, "status", "VmRSS:")
			}
			if err != nil {
				return 0, err
			}
			sum += n << 10
		}
	}
	return sum, nil
}

// kibibytes reads one line of a file of /proc/PID.
func kibibytes(pid int, file, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			return strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/%s has no %s", pid, file, name)
}

// busyTime returns the time that all CPUs together have worked, in steps of
// 10 ms.
func busyTime() (time.Duration, error) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(first) // cpu user nice system idle iowait irq softirq steal
	if len(fields) < 9 {
		return 0, errors.New("/proc/stat: short first line")
	}
	var ticks int64
	for _, i := range []int{1, 2, 3, 6, 7} {
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil // USER_HZ is 100 on every architecture of ours
}
