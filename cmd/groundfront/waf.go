package main

import (
	"github.com/spf13/cobra"
)

// newWAF is the verb for what concerns web ACLs.
func newWAF(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "waf",
		Short: "Try a web ACL",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	cmd.AddCommand(newWAFTest(c))
	return cmd
}
