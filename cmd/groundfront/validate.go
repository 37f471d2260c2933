package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
)

func newValidate(c console) *cobra.Command {
	var files []string
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check configuration files, with the position of each problem",
		Long: `Check configuration files. All problems are reported at once, each with its
position, a code and what to write instead. The process ends with 0 if the
files can be run and with 3 if not; warnings do not count.`,
		Args: arguments(cobra.NoArgs),
	}
	fileFlag(cmd, &files)
	output := outputFlag(cmd, "sarif")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if output.value == "json" {
			return validateJSON(c, files)
		}
		return validateText(c, colorOf(cmd), files)
	}
	return cmd
}

// validateText prints problems to standard error and a verdict to standard
// output.
func validateText(c console, when colorWhen, files []string) error {
	cfg, err := loadConfig(c, when, files)
	if err != nil {
		return err
	}
	files, err = filesOrDefault(files)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s: valid: %s\n", strings.Join(files, ", "), contents(cfg))
	return nil
}

// validateJSON prints all problems to standard output, as an array.
func validateJSON(c console, files []string) error {
	files, err := filesOrDefault(files)
	if err != nil {
		return err
	}
	_, problems := config.Load(files...)
	if _, err := c.stdout.Write(problems.JSON()); err != nil {
		return err
	}
	if problems.HasErrors() {
		return &failure{code: exitConfig}
	}
	return nil
}

// contents counts what a configuration has.
func contents(cfg *config.Config) string {
	origins, behaviors := 0, 0
	for i := range cfg.Distributions {
		d := &cfg.Distributions[i]
		origins += len(d.Origins)
		behaviors += len(d.CacheBehaviors) + 1
	}
	return plural(len(cfg.Distributions), "distribution") + ", " +
		plural(origins, "origin") + ", " + plural(behaviors, "cache behavior")
}
