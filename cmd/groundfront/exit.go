package main

import (
	"errors"
	"fmt"
)

// An exitCode is how the process ends. Scripts rely on the numbers.
type exitCode int

const (
	exitOK          exitCode = 0
	exitFailure     exitCode = 1   // something failed while running
	exitUsage       exitCode = 2   // the command line makes no sense
	exitConfig      exitCode = 3   // the configuration is invalid
	exitAssertion   exitCode = 4   // what was to be so is not
	exitUnreachable exitCode = 5   // nobody answers at the admin address
	exitInterrupted exitCode = 130 // ended by ^C
)

// String returns what the code stands for.
func (c exitCode) String() string {
	switch c {
	case exitOK:
		return "ok"
	case exitFailure:
		return "failure"
	case exitUsage:
		return "usage"
	case exitConfig:
		return "invalid configuration"
	case exitAssertion:
		return "assertion failed"
	case exitUnreachable:
		return "admin unreachable"
	case exitInterrupted:
		return "interrupted"
	}
	return fmt.Sprintf("exitCode(%d)", int(c))
}

// A failure is an error that says how the process ends.
type failure struct {
	code exitCode
	err  error // nil: everything has been said already
}

func (f *failure) Error() string {
	if f.err == nil {
		return f.code.String()
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }

func usagef(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// exitOf returns the code and the error to print, nil for none.
func exitOf(err error) (exitCode, error) {
	var f *failure
	switch {
	case err == nil:
		return exitOK, nil
	case errors.As(err, &f):
		return f.code, f.err
	default:
		return exitFailure, err
	}
}
