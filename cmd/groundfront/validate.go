package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
)

func newValidate(c console) *cobra.Command {
	var v validation
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check configuration files, with the position of each problem",
		Long: `Check configuration files. All problems are reported at once, each with its
position, a code and what to write instead. Among the warnings are traps: what
AWS accepts and what seldom does what was meant. One that is meant is silenced
by its name in the file: "doctor: {ignore: [NAME]}".

The process ends with 0 if the files can be run and with 3 if not; warnings do
not count, except with --strict.`,
		Args: arguments(cobra.NoArgs),
	}
	fileFlag(cmd, &v.files)
	cmd.Flags().BoolVar(&v.strict, "strict", false, "end with 3 if there is a warning")
	output := outputFlag(cmd, "sarif")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if v.files, err = filesOrDefault(v.files); err != nil {
			return err
		}
		if output.value == "json" {
			return v.json(c)
		}
		return v.text(c, colorOf(cmd))
	}
	return cmd
}

// A validation is what validate is asked to do.
type validation struct {
	files  []string
	strict bool
}

// examine adds what only compiling web ACLs and reading files shows.
func (v validation) examine() (*config.Config, config.Diagnostics) {
	cfg, problems := examine(config.Load(v.files...))
	if cfg != nil {
		problems = cfg.Annotate(problems, slices.Concat(compile.CheckWebACLs(cfg), compile.CheckPublicKeys(cfg), compile.CheckTrustStores(cfg), compile.CheckSockets(cfg, time.Now())))
	}
	return cfg, problems
}

// text prints problems to standard error and a verdict to standard output.
func (v validation) text(c console, when colorWhen) error {
	cfg, problems := v.examine()
	cfg, err := settle(c, when, cfg, problems)
	if err != nil {
		return err
	}
	_, warnings := countProblems(problems)
	but := ""
	if warnings > 0 {
		but = ", with " + plural(warnings, "warning")
	}
	fmt.Fprintf(c.stdout, "%s: valid%s: %s\n", strings.Join(v.files, ", "), but, contents(cfg))
	printCapacities(c, cfg)
	return v.verdict(problems)
}

// json prints all problems to standard output, as an array.
func (v validation) json(c console) error {
	_, problems := v.examine()
	if _, err := c.stdout.Write(problems.JSON()); err != nil {
		return err
	}
	return v.verdict(problems)
}

func (v validation) verdict(problems config.Diagnostics) error {
	if problems.HasErrors() || v.strict && len(problems) > 0 {
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

// freeCapacity is how many capacity units of a web ACL are in AWS's base price
// (WF-WCU-05).
const freeCapacity = 1500

// printCapacities says what the web ACLs would cost at AWS.
func printCapacities(c console, cfg *config.Config) {
	for i := range cfg.WebACLs {
		units, more := cfg.WebACLs[i].Capacity(cfg), ""
		if units > freeCapacity {
			more = fmt.Sprintf("; what is above %d costs extra at AWS", freeCapacity)
		}
		fmt.Fprintf(c.stdout, "web ACL %s: %d of 5000 capacity units%s\n", cfg.WebACLs[i].Name, units, more)
	}
}
