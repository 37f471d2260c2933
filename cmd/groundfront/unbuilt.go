package main

import "github.com/spf13/cobra"

// Verbs that are planned and do not exist yet. They are absent from help and
// completion, and refused by name instead of as a typing error.
var (
	unbuiltVerbs = []string{
		"bench", "cache", "check", "dev", "diff-traffic", "drain", "explain", "export", "fmt",
		"function", "import", "init", "kvs", "log", "man", "origin", "ready", "replay",
		"test", "top",
	}
	unbuiltConfigVerbs = []string{"diff"}
)

func refuseUnbuilt(parent *cobra.Command, verbs []string) {
	for _, verb := range verbs {
		parent.AddCommand(&cobra.Command{
			Use:                verb,
			Hidden:             true,
			DisableFlagParsing: true, // its flags are not known either
			RunE: func(cmd *cobra.Command, _ []string) error {
				return usagef("%q is not built yet", cmd.CommandPath())
			},
		})
	}
}
