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
	var showManaged bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the effective configuration: files laid over each other, defaults filled in",
		Args:  arguments(cobra.NoArgs),
	}
	fileFlag(cmd, &files)
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
		_, err = c.stdout.Write(cfg.YAML())
		return err
	}
	return cmd
}
