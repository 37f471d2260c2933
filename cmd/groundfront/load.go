package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/doctor"
)

// defaultFile is read when no file is named.
const defaultFile = "groundfront.yaml"

// filesOrDefault returns the files that -f names, or the default file if it
// exists.
func filesOrDefault(files []string) ([]string, error) {
	if len(files) > 0 {
		return files, nil
	}
	if _, err := os.Stat(defaultFile); errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no %s here: name a file with -f, or start without one: "+
			"groundfront proxy URL, groundfront demo", defaultFile)
	}
	return []string{defaultFile}, nil
}

// loadConfig reads files and prints what is wrong with them. The error has
// been said already.
func loadConfig(c console, when colorWhen, files []string) (*config.Config, error) {
	files, err := filesOrDefault(files)
	if err != nil {
		return nil, err
	}
	cfg, problems := examine(config.Load(files...))
	return settle(c, when, cfg, problems)
}

// examine adds the doctor's warnings to what loading a configuration found.
func examine(cfg *config.Config, problems config.Diagnostics) (*config.Config, config.Diagnostics) {
	if cfg != nil {
		problems = doctor.Report(cfg, problems)
	}
	return cfg, problems
}

// settle prints problems and turns errors among them into a failure.
func settle(c console, when colorWhen, cfg *config.Config, problems config.Diagnostics) (*config.Config, error) {
	printProblems(c, when, problems)
	if problems.HasErrors() {
		return nil, &failure{code: exitConfig}
	}
	return cfg, nil
}

// onlyErrors leaves warnings out: a configuration that the program wrote gives
// nobody anything to do about them.
func onlyErrors(problems config.Diagnostics) config.Diagnostics {
	return slices.DeleteFunc(slices.Clone(problems), func(d config.Diagnostic) bool { return d.Severity != config.SeverityError })
}

// printProblems prints each problem with its severity in colour, and how many
// there are.
func printProblems(c console, when colorWhen, problems config.Diagnostics) {
	p := c.paletteFor(c.stderr, when)
	colors := map[config.Severity]string{config.SeverityError: p.red, config.SeverityWarning: p.yellow}
	for _, d := range problems {
		severity := string(d.Severity) + " " + d.Code
		fmt.Fprint(c.stderr, strings.Replace(d.String(), severity, colors[d.Severity]+severity+p.reset, 1))
	}
	if problems.HasErrors() {
		errs, warnings := countProblems(problems)
		fmt.Fprintf(c.stderr, "groundfront: the configuration is invalid: %s, %s\n",
			plural(errs, "error"), plural(warnings, "warning"))
	}
}

func countProblems(problems config.Diagnostics) (errs, warnings int) {
	for _, d := range problems {
		if d.Severity == config.SeverityError {
			errs++
		} else {
			warnings++
		}
	}
	return errs, warnings
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
