package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// An upgrade starts the program again, perhaps a newer one, with the sockets of
// this process, waits until it is ready, and has this process drain. Both accept
// for a moment; no connection is refused or reset. If the new one does not get
// ready it is ended, and this process goes on. With HTTP/3 it is otherwise
// (packets.go).

// upgradePatience bounds how long a new process may take to be ready.
const upgradePatience = time.Minute

// errUpgradeDisk is why an edge with a disk tier is not upgraded in place.
var errUpgradeDisk = errors.New("cache.disk belongs to one process at a time: stop this one and start the other")

// upgrade starts the program that this process was started with, and returns its
// process id once it is ready. That one waits with the sockets for packets until
// gate is closed. The caller holds changing: what is handed over stays as it is.
func (e *edge) upgrade(ctx context.Context) (pid int, gate io.Closer, err error) {
	if e.config.Cache.Disk != nil {
		return 0, nil, errUpgradeDisk
	}
	files, err := e.socketFiles()
	defer func() { closeAll(files) }()
	if err != nil {
		return 0, nil, err
	}
	ready, told, err := os.Pipe()
	if err != nil {
		return 0, nil, err
	}
	defer ready.Close()
	waits, held, err := os.Pipe()
	if err != nil {
		told.Close()
		return 0, nil, err
	}
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = append(files, told, waits)
	cmd.Env = append(withoutInheritance(os.Environ()),
		envListenFDs+"="+strconv.Itoa(len(files)),
		envParent+"="+strconv.Itoa(os.Getpid()),
		envReady+"="+strconv.Itoa(firstInherited+len(files)),
		envGate+"="+strconv.Itoa(firstInherited+len(files)+1))
	err = cmd.Start()
	told.Close() // the child's copy is the only one: it ends with the child
	waits.Close()
	if err != nil {
		held.Close()
		return 0, nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	if err := awaitReady(ctx, ready); err != nil {
		held.Close()
		_ = cmd.Process.Kill() // it may have ended
		return 0, nil, errors.Join(err, cmd.Wait())
	}
	return cmd.Process.Pid, held, nil
}

// awaitReady waits until a child says that it is ready.
func awaitReady(ctx context.Context, ready *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, upgradePatience)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })()
	word, err := io.ReadAll(io.LimitReader(ready, int64(len(readyWord))))
	switch {
	case string(word) == readyWord:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("the new process was not ready in time: %w", ctx.Err())
	case err != nil:
		return err
	}
	return errors.New("the new process has ended before it was ready")
}

// socketFiles returns copies of the descriptors of all sockets.
func (e *edge) socketFiles() (files []*os.File, err error) {
	hand := func(socket any, addr net.Addr) error {
		f, err := socketFile(socket, addr.String())
		if err != nil {
			return fmt.Errorf("hand %s over: %w", addr, err)
		}
		files = append(files, f)
		return nil
	}
	err = hand(e.admin, e.admin.Addr())
	if err == nil && e.monitor != nil {
		err = hand(e.monitor, e.monitor.Addr())
	}
	for _, s := range e.sockets {
		if err == nil {
			err = hand(s.listener, s.listener.Addr())
		}
		if err == nil && s.packetSocket != nil {
			err = hand(s.packets, s.packets.LocalAddr())
		}
	}
	return files, err
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// leavePatience bounds the wait for answers of the admin listener.
const leavePatience = time.Second

// leave gives the admin listener up at once, whose answers are the new process's
// business now, and leaves the file of a socket in the file system to it. A reload
// that has waited for the upgrade is refused: here it would change nothing.
func (e *edge) leave() {
	e.state.Store(int32(stateDraining))
	if unix, ok := e.admin.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
	ctx, cancel := context.WithTimeout(context.Background(), leavePatience)
	defer cancel()
	_ = e.operators.Shutdown(ctx) // what takes longer is cut when the process ends
	if e.monitoring != nil {
		_ = e.monitoring.Shutdown(ctx)
	}
}

// withoutInheritance returns an environment without what this process inherited.
func withoutInheritance(env []string) []string {
	var kept []string
	for _, v := range env {
		switch name, _, _ := strings.Cut(v, "="); name {
		case envListenPID, envListenFDs, envListenNames, envParent, envReady, envGate:
		default:
			kept = append(kept, v)
		}
	}
	return kept
}
