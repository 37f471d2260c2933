package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

const summary = `A caching reverse proxy that behaves like Amazon CloudFront.

Start here:
  groundfront demo                        an edge and an API to try it on
  groundfront proxy https://api.example   an edge in front of any URL
  groundfront run -f groundfront.yaml     an edge by configuration`

// execute runs one command line. All that it prints goes to the console.
func execute(args []string, c console) exitCode {
	root := newRoot(c)
	root.SetArgs(args)
	code, err := exitOf(root.Execute())
	if err != nil {
		o := newOutlet(c.stderr) // whose reader may not read
		printError(o, err)
		o.close()
	}
	return code
}

func printError(w io.Writer, err error) {
	fmt.Fprintf(w, "groundfront: %s\n", strings.TrimSuffix(err.Error(), "\n"))
}

func newRoot(c console) *cobra.Command {
	root := &cobra.Command{
		Use:           "groundfront",
		Short:         "A caching reverse proxy that behaves like Amazon CloudFront",
		Long:          summary,
		SilenceErrors: true, // execute prints them
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	colorFlag(root)
	root.AddCommand(
		newRun(c), newProxy(c), newDemo(c),
		newValidate(c), newSchema(c), newConfig(c),
		newReload(c), newInvalidate(c), newClock(c), newHealth(c), newStandin(c), newTrust(c), newUntrust(c), newWAF(c), newSign(c), newVersion(c),
	)
	refuseUnbuilt(root, unbuiltVerbs)
	return root
}

// unknownVerb is the error for a word that is no verb, with the verb that was
// meant if one is near.
func unknownVerb(cmd *cobra.Command, word string) error {
	cmd.SuggestionsMinimumDistance = 2 // letters
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		return usagef("%q is not a command of %s; did you mean %q?", word, cmd.CommandPath(), near[0])
	}
	return usagef("%q is not a command of %s; see %[2]s --help", word, cmd.CommandPath())
}

// arguments makes the argument check of a verb end with usage and say what
// the verb takes.
func arguments(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return usagef("got %d arguments; usage: %s", len(args), cmd.UseLine())
		}
		return nil
	}
}
