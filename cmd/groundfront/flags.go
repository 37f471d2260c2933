package main

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// A word is the value of a flag that takes one of a few words.
type word struct {
	value   string
	words   []string
	unbuilt []string // refused by name
}

// String, Set and Type are pflag.Value.
func (w *word) String() string { return w.value }

// Set takes one of the words.
func (w *word) Set(s string) error {
	if slices.Contains(w.unbuilt, s) {
		return fmt.Errorf("%q is not built yet", s)
	}
	if !slices.Contains(w.words, s) {
		return fmt.Errorf("want %s", strings.Join(w.words, " or "))
	}
	w.value = s
	return nil
}

// Type is what help shows.
func (w *word) Type() string { return strings.Join(w.words, "|") }

func wordFlag(cmd *cobra.Command, name, usage, value string, w *word) {
	w.value = value
	cmd.Flags().Var(w, name, usage)
	// The flag exists: it was defined one line above.
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(w.words, cobra.ShellCompDirectiveNoFileComp))
}

// colorWhen is the value of --color.
type colorWhen string

const (
	colorAuto   colorWhen = "auto"
	colorAlways colorWhen = "always"
	colorNever  colorWhen = "never"
)

func colorFlag(root *cobra.Command) {
	w := &word{value: string(colorAuto), words: []string{string(colorAuto), string(colorAlways), string(colorNever)}}
	root.PersistentFlags().Var(w, "color", "colour messages")
}

// colorOf returns what --color says.
func colorOf(cmd *cobra.Command) colorWhen {
	f := cmd.Flags().Lookup("color")
	if f == nil {
		return colorAuto
	}
	return colorWhen(f.Value.String())
}

// outputFlag adds --output to verbs whose result a program may read.
func outputFlag(cmd *cobra.Command, unbuilt ...string) *word {
	w := &word{words: []string{"text", "json"}, unbuilt: unbuilt}
	wordFlag(cmd, "output", "form of the result", "text", w)
	return w
}

// fileFlag adds -f, and completes it with YAML files.
func fileFlag(cmd *cobra.Command, files *[]string) {
	cmd.Flags().StringArrayVarP(files, "file", "f", nil, "configuration file; repeat it to lay files over each other (default "+defaultFile+")")
	_ = cmd.MarkFlagFilename("file", "yaml", "yml")
}

// logFlags are the flags of verbs that run for long.
type logFlags struct{ level, format word }

func (l *logFlags) register(cmd *cobra.Command) {
	l.level.words = []string{"debug", "info", "warn", "error"}
	l.format.words = []string{"text", "json"}
	wordFlag(cmd, "log-level", "least severity that is logged", "info", &l.level)
	wordFlag(cmd, "log-format", "form of the log on standard error", "text", &l.format)
}

// logger returns the logger that the flags describe.
func (l *logFlags) logger(c console) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level.value)); err != nil {
		level = slog.LevelInfo // cannot happen: the words are slog's
	}
	o := &slog.HandlerOptions{Level: level}
	if l.format.value == "json" {
		return slog.New(slog.NewJSONHandler(c.stderr, o))
	}
	return slog.New(slog.NewTextHandler(c.stderr, o))
}
