package main

import (
	"context"
	"os"
	"time"
)

// drainContext bounds a drain: it ends after timeout or with the next signal,
// because who asks twice does not want to wait. Signals that ask for something
// else come too late.
func drainContext(timeout time.Duration, signals <-chan os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	go func() {
		for {
			select {
			case s := <-signals:
				if s != upgradeSignal && s != reloadSignal {
					cancel()
				}
			case <-ctx.Done():
				return
			}
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
