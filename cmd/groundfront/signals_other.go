//go:build !unix

package main

import (
	"errors"
	"net"
	"os"
)

// upgradeSignal asks for an upgrade, which there is not on this system.
var upgradeSignal os.Signal

func socketFile(net.Listener) (*os.File, error) { return nil, errors.ErrUnsupported }

// reloadSignal asks for a reload, which only the admin listener can here.
var reloadSignal os.Signal

func private(f func()) { f() }
