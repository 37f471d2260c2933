package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/proxy/admin"
)

func newInvalidate(c console) *cobra.Command {
	var address string
	var request admin.InvalidationRequest
	cmd := &cobra.Command{
		Use:   "invalidate PATH...",
		Short: "Make stored responses unusable by path, as CreateInvalidation does",
		Long: `Make stored responses unusable by path, as CloudFront's CreateInvalidation
does. A path begins with "/", is compared with the query string included, and
may end with "*". Quote it, so that the shell leaves the star alone:

  groundfront invalidate --distribution shop '/products*'`,
		Args: arguments(cobra.MinimumNArgs(1)),
	}
	adminFlag(cmd, &address)
	cmd.Flags().StringVarP(&request.Distribution, "distribution", "d", "", "name of the distribution; may be left out if there is only one")
	cmd.Flags().StringVar(&request.CallerReference, "caller-reference", "", "makes repeating the request harmless")
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, paths []string) error {
		request.Paths = paths
		client, err := newAdminClient(address)
		if err != nil {
			return err
		}
		defer client.close()
		var created admin.Invalidation
		if err := client.do(cmd.Context(), http.MethodPost, "/v1/invalidations", request, &created); err != nil {
			return err
		}
		if output.value == "json" {
			return json.NewEncoder(c.stdout).Encode(created)
		}
		_, err = fmt.Fprintf(c.stdout, "%s %s: %s in %s\n", created.ID, created.Status, plural(len(created.Paths), "path"), created.Distribution)
		return err
	}
	return cmd
}
