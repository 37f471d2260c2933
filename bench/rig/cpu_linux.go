package rig

import (
	"syscall"
	"time"
	"unsafe"
)

// CPUTime reads the CPU clock of a process, which counts nanoseconds;
// /proc/PID/stat counts 10 ms. The number of that clock is made of the
// process's number as the kernel's clock_getcpuclockid(3) has it, with 2 for
// the scheduler's clock.
func CPUTime(pid int) (time.Duration, error) {
	clock := uintptr(^pid)<<3 | 2
	var t syscall.Timespec
	if _, _, e := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); e != 0 {
		return 0, e
	}
	return time.Duration(t.Nano()), nil
}
