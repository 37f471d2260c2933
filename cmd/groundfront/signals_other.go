//go:build !unix

package main

import (
	"errors"
	"os"
)

// upgradeSignal asks for an upgrade, which there is not on this system.
var upgradeSignal os.Signal

func socketFile(any, string) (*os.File, error) { return nil, errors.ErrUnsupported }

func inheritedPipe(fd int, name string) *os.File { return os.NewFile(uintptr(fd), name) }

// reloadSignal asks for a reload, which only the admin listener can here.
var reloadSignal os.Signal

func private(f func()) { f() }

var brokenPipe os.Signal
