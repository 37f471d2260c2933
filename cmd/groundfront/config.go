package main

import (
	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config/managed"
)

func newConfig(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at configurations",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownVerb(cmd, args[0])
		},
	}
	cmd.AddCommand(newConfigShow(c))
	refuseUnbuilt(cmd, unbuiltConfigVerbs)
	return cmd
}

func newConfigShow(c console) *cobra.Command {
	var files []string
	var showManaged, showSecrets bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the effective configuration: files laid over each other, defaults filled in",
		Long: `Print the effective configuration: files laid over each other, defaults filled in.
The values of custom headers of origins, which are often secrets, are left out
unless --show-secrets is given. What is in files and in the environment is never
printed.`,
		Args: arguments(cobra.NoArgs),
	}
	fileFlag(cmd, &files)
	cmd.Flags().BoolVar(&showSecrets, "show-secrets", false, "print the values of custom headers of origins")
	cmd.Flags().BoolVar(&showManaged, "managed", false, "print the policies that AWS manages instead")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if showManaged {
			_, err := c.stdout.Write(managed.Document())
			return err
		}
		cfg, err := loadConfig(c, colorOf(cmd), files)
		if err != nil {
			return err
		}
		text := cfg.RedactedYAML()
		if showSecrets {
			text = cfg.YAML()
		}
		_, err = c.stdout.Write(text)
		return err
	}
	return cmd
}
