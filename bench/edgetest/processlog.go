package edgetest

import (
	"context"
	"log/slog"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
)

// A processLog keeps what the edge says about itself.
type processLog struct {
	mu    sync.Mutex // guards lines
	lines []logLine
}

type logLine struct {
	message    string
	attributes field.Lines
}

// Enabled takes what an operator sees by default.
func (l *processLog) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

// Handle keeps a line.
func (l *processLog) Handle(_ context.Context, r slog.Record) error {
	line := logLine{message: r.Message}
	r.Attrs(func(a slog.Attr) bool {
		line.attributes.Add(a.Key, a.Value.String())
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	return nil
}

// WithAttrs and WithGroup are for loggers of parts, which the edge has none
// of.
func (l *processLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup is like WithAttrs.
func (l *processLog) WithGroup(string) slog.Handler { return l }

// Logged returns the attributes of each line of the process's log that has
// this message, the oldest first.
func (e *Edge) Logged(message string) []field.Lines {
	e.process.mu.Lock()
	defer e.process.mu.Unlock()
	var out []field.Lines
	for _, l := range e.process.lines {
		if l.message == message {
			out = append(out, l.attributes)
		}
	}
	return out
}
