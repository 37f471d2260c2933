package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/overload"
)

// openOverload makes what watches memory and processors.
func (e *edge) openOverload() {
	c := e.config.Server.Overload
	percent := func(n int) float64 { return float64(n) / 100 }
	milliseconds := func(n int) float64 { return float64(n) / 1000 }
	m := c.Memory
	gauges := []overload.Gauge{{
		Name: "delay", Read: e.options.console.delay,
		Marks: overload.Marks{0, milliseconds(c.CPU.Shed), milliseconds(c.CPU.OnlyHits), 0},
	}}
	if limit := memoryBudget(m.Limit, e.options.console.getenv, os.DirFS("/")); limit > 0 {
		if size := int64(e.config.Cache.Memory.MaxSize); size > limit/100*int64(m.StopFilling) {
			e.logger.Warn("there is less memory than a full cache takes: from some time on nothing new is stored; make cache.memory.max_size smaller",
				"cache", size, "memory", limit, "stop_filling_percent", m.StopFilling)
		}
		gauges = append(gauges, overload.Gauge{
			Name: "memory", Read: overload.Memory(limit), Renew: overload.Collect(),
			Marks: overload.Marks{percent(m.StopFilling), percent(m.Shed), percent(m.OnlyHits), percent(m.StopAccepting)},
		})
	}
	e.overload = overload.New(overload.Options{Gauges: gauges, OnChange: e.overloaded})
}

// overloaded is told of each change of the level.
func (e *edge) overloaded(c overload.Change) {
	level := slog.LevelWarn
	if c.To < c.From {
		level = slog.LevelInfo
	}
	e.logger.Log(context.Background(), level, "overload", "from", c.From.String(), "to", c.To.String(), "by", c.Gauge, "value", fmt.Sprintf("%.3f", c.Value))
	if c.To >= overload.LevelShed && c.To > c.From {
		e.viewers.ShedIdle()
	}
}

// memoryBudget returns what the process may have, in bytes: what is configured, what
// GOMEMLIMIT says, or nine tenths of what the container or the machine has. It is 0
// if nothing is known. The rest is for what is not counted, such as what the kernel
// has for sockets.
func memoryBudget(configured config.Size, getenv func(string) string, root fs.FS) int64 {
	switch {
	case configured > 0:
		return int64(configured)
	case getenv("GOMEMLIMIT") != "":
		return debug.SetMemoryLimit(-1) // which changes nothing
	}
	return availableMemory(root) / 10 * 9
}

// availableMemory returns the least of the limits of the process's cgroups and the
// memory of the machine, 0 if none is known.
func availableMemory(root fs.FS) (least int64) {
	consider := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	consider(machineMemory(root))
	own, _ := fs.ReadFile(root, "proc/self/cgroup") // without it there is none
	for line := range strings.Lines(string(own)) {
		hierarchy, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case hierarchy == "0" && controllers == "":
			for dir := path.Join("sys/fs/cgroup", group); strings.HasPrefix(dir, "sys/fs/cgroup"); dir = path.Dir(dir) {
				consider(readBytes(root, path.Join(dir, "memory.max")))
			}
		case controllers == "memory":
			consider(readBytes(root, path.Join("sys/fs/cgroup/memory", group, "memory.limit_in_bytes")))
			consider(readBytes(root, "sys/fs/cgroup/memory/memory.limit_in_bytes"))
		}
	}
	return least
}

// readBytes reads a number, 0 for "max" and for what cannot be read.
func readBytes(root fs.FS, name string) int64 {
	text, _ := fs.ReadFile(root, name)
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}

// machineMemory reads MemTotal.
func machineMemory(root fs.FS) int64 {
	text, _ := fs.ReadFile(root, "proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n << 10
		}
	}
	return 0
}
