package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/groundfront/groundfront/proxy/overload"
)

// A console is all that a verb sees of the process it runs in, so that tests
// run verbs in their own process.
type console struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	dropped        func() uint64  // lines for stderr that were not written; nil for none
	delay          func() float64 // how long work waits for a processor, as overload.Delay tells
	// signals begins the delivery of SIGINT, SIGTERM and those that ask for an
	// upgrade or a reload, until stop. Verbs that do not call it end at once when
	// a signal comes.
	signals func() (delivered <-chan os.Signal, stop func())
}

func systemConsole() console {
	return console{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, delay: overload.Delay(), signals: systemSignals}
}

func systemSignals() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 2) // the second one ends a drain
	if brokenPipe != nil {
		signal.Ignore(brokenPipe) // what nobody reads is lost, and no more
	}
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	if upgradeSignal != nil {
		signal.Notify(c, upgradeSignal, reloadSignal)
	}
	return c, func() { signal.Stop(c) }
}

// A palette has the escape sequences of the colours that are used, all empty
// where there must be none.
type palette struct{ red, yellow, bold, reset string }

// paletteFor follows --color: "auto" colours a terminal, unless NO_COLOR is
// set (no-color.org).
func (c console) paletteFor(w io.Writer, when colorWhen) palette {
	on := when == colorAlways || when == colorAuto && isTerminal(w) && c.getenv("NO_COLOR") == ""
	if !on {
		return palette{}
	}
	return palette{red: "\x1b[31m", yellow: "\x1b[33m", bold: "\x1b[1m", reset: "\x1b[0m"}
}

func isTerminal(w io.Writer) bool {
	if o, is := w.(*outlet); is {
		w = o.to
	}
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
