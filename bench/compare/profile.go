//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// profileTime is how long a profile is taken.
const profileTime = 4 * time.Second

// profile has one more shot at Groundfront, and writes where its CPU time
// goes meanwhile: a profile for go tool pprof, and its top. What the kernel
// does for it is found under the system calls.
func (b *bench) profile(ctx context.Context, w *workload, t *target) error {
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, profileTime+30*time.Second)
	defer stop()
	shot := make(chan error, 1)
	go func() { // ends with the shot, for which this function waits
		_, err := b.shoot(ctx, w, t.address, profileTime+time.Second)
		shot <- err
	}()
	file := filepath.Join(b.profiles, w.name+".pprof")
	err := download(ctx, fmt.Sprintf("http://127.0.0.1:%s/debug/pprof/profile?seconds=%.0f", b.port("groundfront-admin"), profileTime.Seconds()), file)
	if e := <-shot; err == nil {
		err = e
	}
	b.emptyLogs()
	if err != nil {
		return err
	}
	top, err := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-nodecount", "40", file).Output()
	if err != nil {
		return fmt.Errorf("go tool pprof: %w", err)
	}
	_, err = fmt.Printf("\n%s: %s", file, top)
	return err
}

// download writes what a URL has to a file.
func download(ctx context.Context, url, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, response.Body); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
