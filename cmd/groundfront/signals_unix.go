//go:build unix

package main

import (
	"os"
	"syscall"
)

// upgradeSignal asks for an upgrade.
var upgradeSignal os.Signal = syscall.SIGUSR2

// socketFile returns a copy of a listener's descriptor. The listener's own File
// would have both block when a child gets it, for the mode is common to all
// copies.
func socketFile(socket any, name string) (f *os.File, err error) {
	conn, ok := socket.(syscall.Conn)
	if !ok {
		return nil, syscall.ENOTSUP
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	controlErr := raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		var copied int
		if copied, err = syscall.Dup(int(fd)); err != nil {
			return
		}
		syscall.CloseOnExec(copied)
		f = os.NewFile(uintptr(copied), name)
	})
	if controlErr != nil {
		return nil, controlErr
	}
	return f, os.NewSyscallError("dup", err)
}

// reloadSignal asks for a reload.
var reloadSignal os.Signal = syscall.SIGHUP

// private has files that f creates be the process's own user's alone. Those that
// other goroutines create meanwhile are, too.
func private(f func()) {
	defer syscall.Umask(syscall.Umask(0o177))
	f()
}

// inheritedPipe returns a pipe that the process was started with, for this process
// alone, and such that closing it ends reading.
func inheritedPipe(fd int, name string) *os.File {
	syscall.CloseOnExec(fd)
	_ = syscall.SetNonblock(fd, true) // else reading goes on until the other end is closed
	return os.NewFile(uintptr(fd), name)
}

// brokenPipe ends a process whose output nobody reads, unless it is ignored.
var brokenPipe os.Signal = syscall.SIGPIPE
