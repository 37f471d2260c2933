package main

import (
	"context"
	"os"
	"time"
)

// drainContext bounds a drain: it ends after timeout or with the next signal,
// because who asks twice does not want to wait.
func drainContext(timeout time.Duration, signals <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// interrupted is the failure of a process that ended by ^C, and nil for a
// process that was asked to end by SIGTERM.
func interrupted(s os.Signal) error {
	if s == os.Interrupt {
		return &failure{code: exitInterrupted}
	}
	return nil
}
