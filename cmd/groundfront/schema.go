package main

import (
	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
)

func newSchema(c console) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration",
		Long: `Print the JSON Schema (draft 2020-12) of the configuration, for editors. Put

  # yaml-language-server: $schema=groundfront.schema.json

at the top of a configuration beside the schema to have it completed and
checked while you type.`,
		Args: arguments(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := c.stdout.Write(config.Schema())
			return err
		},
	}
}
