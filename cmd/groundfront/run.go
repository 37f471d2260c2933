package main

import (
	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/config"
)

func newRun(c console) *cobra.Command {
	var files, adminHosts []string
	var logs logFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run an edge by a configuration",
		Long: `Run an edge by a configuration: the files of -f laid over each other, or
` + defaultFile + ` in the working directory.

SIGTERM and ^C drain it: the edge is not ready any more, takes no new
connections, and ends when its requests have ended or drain_timeout is over. A
second signal ends it at once.

SIGHUP reads the configuration again, with the files that it names, as
"groundfront reload" does. If anything is wrong the edge goes on with what it has.

Listening sockets that the process is started with, as systemd passes them
(LISTEN_FDS), are used where their address is a configured one. SIGUSR2 starts
the program anew with the sockets of this process, and drains this one when the
new one is ready; no connection is refused meanwhile. If the new one does not
start, this one goes on.`,
		Args: arguments(cobra.NoArgs),
	}
	fileFlag(cmd, &files)
	adminHostFlag(cmd, &adminHosts)
	logs.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, flush := c.unhurried()
		defer flush()
		cfg, err := loadConfig(c, colorOf(cmd), files)
		if err != nil {
			return err
		}
		if files, err = filesOrDefault(files); err != nil {
			return err
		}
		o := edgeOptions{
			console: c, logger: logs.logger(c), files: files, adminHosts: adminHosts,
			load:   func() (*config.Config, config.Diagnostics) { return examine(config.Load(files...)) },
			report: reportTo(c, colorOf(cmd), &logs),
		}
		return serveEdge(cfg, o, func(e *edge) {
			if logs.format.value == "json" { // programs read it, line by line
				e.logReady()
				return
			}
			e.banner(c.stderr, c.paletteFor(c.stderr, colorOf(cmd)))
		})
	}
	return cmd
}

// adminHostFlag: the admin listener refuses names that it does not know,
// because a web page could have made them up (DNS rebinding).
func adminHostFlag(cmd *cobra.Command, hosts *[]string) {
	cmd.Flags().StringArrayVar(hosts, "admin-host", nil, "further `name` by which the admin listener may be asked, such as the service's in compose")
}
