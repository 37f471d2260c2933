package main

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/proxy/admin"
)

func newHealth(c console) *cobra.Command {
	var target adminTarget
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask a running edge whether it takes requests",
		Long: `Ask a running edge whether it takes requests. The process ends with 0 or 1 and
nothing else, as container health checks want it.`,
		Args: arguments(cobra.NoArgs),
	}
	target.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := target.client(c)
		if err != nil {
			return err
		}
		defer client.close()
		var status admin.Status
		if err := client.do(cmd.Context(), http.MethodGet, "/readyz", nil, &status); err != nil {
			_, said := exitOf(err)
			return &failure{exitFailure, said}
		}
		_, err = fmt.Fprintln(c.stdout, status.Status)
		return err
	}
	return cmd
}
