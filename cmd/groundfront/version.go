package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version = "dev"

// A build says what was built. It is the same in --output json, on the admin
// listener and in groundfront_build_info.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the sources, "+dirty" if they were changed
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b.Revision = settings["vcs.revision"]
	if b.Revision != "" && settings["vcs.modified"] == "true" {
		b.Revision += "+dirty"
	}
	return b
}

func newVersion(c console) *cobra.Command {
	cmd := &cobra.Command{Use: "version", Short: "Print the version", Args: arguments(cobra.NoArgs)}
	output := outputFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		b := thisBuild()
		if output.value == "json" {
			return json.NewEncoder(c.stdout).Encode(b)
		}
		_, err := fmt.Fprintf(c.stdout, "groundfront %s %s %s %s\n", b.Version, cmp.Or(b.Revision, "-"), b.Go, b.Platform)
		return err
	}
	return cmd
}
