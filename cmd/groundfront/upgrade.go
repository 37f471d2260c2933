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
// ready it is ended, and this process goes on.

// upgradePatience bounds how long a new process may take to be ready.
const upgradePatience = time.Minute

// errUpgradeDisk is why an edge with a disk tier is not upgraded in place.
var errUpgradeDisk = errors.New("cache.disk belongs to one process at a time: stop this one and start the other")

// upgrade starts the program that this process was started with, and returns its
// process id once it is ready.
func (e *edge) upgrade(ctx context.Context) (pid int, err error) {
	if e.config.Cache.Disk != nil {
		return 0, errUpgradeDisk
	}
	e.changing.Lock() // what is handed over stays as it is
	defer e.changing.Unlock()
	files, err := e.socketFiles()
	defer func() { closeAll(files) }()
	if err != nil {
		return 0, err
	}
	ready, told, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer ready.Close()
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = append(files, told)
	cmd.Env = append(withoutInheritance(os.Environ()),
		envListenFDs+"="+strconv.Itoa(len(files)),
		envParent+"="+strconv.Itoa(os.Getpid()),
		envReady+"="+strconv.Itoa(firstInherited+len(files)))
	err = cmd.Start()
	told.Close() // the child's copy is the only one: it ends with the child
	if err != nil {
		return 0, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	if err := awaitReady(ctx, ready); err != nil {
		_ = cmd.Process.Kill() // it may have ended
		return 0, errors.Join(err, cmd.Wait())
	}
	return cmd.Process.Pid, nil
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
	listeners := []net.Listener{e.admin}
	if e.monitor != nil {
		listeners = append(listeners, e.monitor)
	}
	for _, s := range e.sockets {
		listeners = append(listeners, s.listener)
	}
	for _, l := range listeners {
		f, err := socketFile(l)
		if err != nil {
			return files, fmt.Errorf("hand %s over: %w", l.Addr(), err)
		}
		files = append(files, f)
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// leavePatience bounds the wait for answers of the admin listener.
const leavePatience = time.Second

// leave gives the admin listener up at once, whose answers are the new process's
// business now, and leaves the file of a socket in the file system to it.
func (e *edge) leave() {
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
		case envListenPID, envListenFDs, envListenNames, envParent, envReady:
		default:
			kept = append(kept, v)
		}
	}
	return kept
}
