//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed conf floor lua
var kit embed.FS

// A server is one thing that can be started. Its configuration is a template
// of the kit, in which @port:NAME@ is a free port, @dir@ the work directory,
// @workers@ the number of CPUs and @files@ the limit of open files.
type server struct {
	name     string
	template string // below conf
	port     string // open when the server is ready
	prepare  func(b *bench) error
	command  func(b *bench, config string) []string
	logs     []string // access logs below the work directory; emptied after each shot
}

var servers = []server{
	{
		name: "origin", template: "origin.nginx.conf", port: "origin",
		command: func(_ *bench, config string) []string { return []string{"nginx", "-c", config} },
	},
	{
		name: "nginx", template: "cache.nginx.conf", port: "nginx",
		prepare: func(b *bench) error { return b.openFolder("nginx-cache") },
		command: func(_ *bench, config string) []string { return []string{"nginx", "-c", config} },
		logs:    []string{"nginx-access.log"},
	},
	floorServer("floor", 1), floorServer("floor16k", 16), floorServer("floor256k", 256),
	{
		name: "haproxy", template: "haproxy.cfg", port: "haproxy",
		command: func(_ *bench, config string) []string { return []string{"haproxy", "-db", "-f", config} },
	},
	{
		name: "varnish", template: "varnish.vcl", port: "varnish",
		command: func(b *bench, config string) []string {
			return []string{
				"varnishd", "-F", "-n", b.path("varnish"), "-f", config, "-T", "none", "-s", "malloc,1g",
				"-a", "127.0.0.1:" + b.port("varnish") + ",HTTP", "-a", "127.0.0.1:" + b.port("varnish-proxy") + ",PROXY",
				"-p", "feature=+http2", "-p", "h2_max_concurrent_streams=256", "-p", "http_max_hdr=128", "-p", "timeout_idle=600",
				"-p", "thread_pools=1", "-p", "thread_pool_min=100", "-p", "thread_pool_max=2000",
			}
		},
	},
	{
		name: "hitch", template: "hitch.conf", port: "varnish-tls",
		command: func(_ *bench, config string) []string {
			argv := []string{"hitch", "--config=" + config}
			if os.Geteuid() == 0 {
				argv = append(argv, "--user=nobody") // it does not run as root
			}
			return argv
		},
	},
	{
		name: "trafficserver", template: "trafficserver.records.config", port: "trafficserver",
		prepare: prepareTrafficServer,
		command: func(b *bench, _ string) []string {
			return []string{"traffic_server", "--run-root=" + b.path("trafficserver/runroot.yaml")}
		},
		logs: []string{"trafficserver/var/log/squid.blog"},
	},
	{
		name: "groundfront", template: "groundfront.yaml", port: "groundfront",
		command: func(b *bench, config string) []string {
			return b.edge(b.groundfront, config)
		},
		logs: []string{"groundfront-access.log"},
	},
	{ // the same without its web ACL
		name: "unguarded", template: "groundfront.yaml", port: "unguarded",
		command: func(b *bench, config string) []string {
			return []string{b.groundfront, "run", "--log-level", "warn", "-f", config}
		},
		logs: []string{"unguarded-access.log"},
	},
	{ // the same with another configuration laid over it
		name: "overlay", template: "groundfront.yaml", port: "overlay",
		command: func(b *bench, config string) []string {
			return append(b.edge(b.groundfront, config), "-f", b.overlay)
		},
		logs: []string{"overlay-access.log"},
	},
	{ // another build with the same configuration
		name: "before", template: "groundfront.yaml", port: "before",
		command: func(b *bench, config string) []string {
			return b.edge(b.before, config)
		},
		logs: []string{"before-access.log"},
	},
}

// edge returns the command line of Groundfront with its web ACL.
func (b *bench) edge(binary, config string) []string {
	argv := []string{binary, "run", "--log-level", "warn", "-f", config}
	if b.firewall {
		argv = append(argv, "-f", b.path("firewall.yaml"))
	}
	return argv
}

// prepareFirewall writes the web ACL and its addresses.
func (b *bench) prepareFirewall() error {
	var banned strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&banned, "10.%d.%d.0/24\n", i>>8, i&255)
	}
	content, err := b.render("firewall.yaml", "groundfront")
	return errors.Join(err,
		os.WriteFile(b.path("banned.txt"), []byte(banned.String()), 0o644),
		os.WriteFile(b.path("firewall.yaml"), []byte(content), 0o644))
}

// floorServer answers kib KiB behind 700 bytes of head, as long as the heads
// of the others.
func floorServer(name string, kib int) server {
	return server{
		name: name, port: name,
		prepare: func(b *bench) error {
			if _, err := os.Stat(b.path("floor/floor")); err == nil {
				return nil
			}
			return runQuietly("cc", "-O2", "-o", b.path("floor/floor"), b.path("floor/floor.c"))
		},
		command: func(b *bench, _ string) []string {
			return []string{b.path("floor/floor"), b.port(name), strconv.Itoa(kib << 10), "700"}
		},
	}
}

// prepareTrafficServer makes a run root: a copy of the package's
// configuration with ours over it, and an empty store.
func prepareTrafficServer(b *bench) error {
	for _, folder := range []string{"etc", "var/cache", "var/log", "var/run", "store"} {
		if err := b.openFolder("trafficserver/" + folder); err != nil {
			return err
		}
	}
	if err := os.CopyFS(b.path("trafficserver/etc"), os.DirFS("/etc/trafficserver")); err != nil && !os.IsExist(err) {
		return err
	}
	records, err := b.render("trafficserver.records.config", "trafficserver")
	if err != nil {
		return err
	}
	root, err := b.render("trafficserver.runroot.yaml", "trafficserver")
	if err != nil {
		return err
	}
	pair, err := os.ReadFile(b.path("both.pem"))
	if err != nil {
		return err
	}
	for name, content := range map[string]string{
		"etc/records.config":       records,
		"etc/remap.config":         "map / http://127.0.0.1:" + b.port("origin") + "/\n",
		"etc/storage.config":       b.path("trafficserver/store") + " 512M\n",
		"etc/ssl_multicert.config": "dest_ip=* ssl_cert_name=both.pem ssl_ticket_enabled=0\n",
		"etc/both.pem":             string(pair),
		"runroot.yaml":             root,
	} {
		if err := os.WriteFile(b.path("trafficserver/"+name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// startServers starts the named servers for a stage, the origin first.
func (b *bench) startServers(ctx context.Context, s stage, names []string) error {
	b.stage = s
	b.ports = map[string]string{}
	for _, srv := range servers {
		if srv.name != "origin" && !slices.Contains(names, srv.name) {
			continue
		}
		if err := b.startServer(ctx, srv); err != nil {
			return fmt.Errorf("%s: %w", srv.name, err)
		}
	}
	return nil
}

func (b *bench) startServer(ctx context.Context, srv server) error {
	if srv.prepare != nil {
		if err := srv.prepare(b); err != nil {
			return err
		}
	}
	config := ""
	if srv.template != "" {
		content, err := b.render(srv.template, srv.name)
		if err != nil {
			return err
		}
		config = b.path(srv.name + "-" + srv.template)
		if err := os.WriteFile(config, []byte(content), 0o644); err != nil {
			return err
		}
	}
	argv := append(b.serverPrefix(srv.name), srv.command(b, config)...)
	p, err := startProcess(srv.name, b.path(srv.name+".out"), argv...)
	if err != nil {
		return err
	}
	b.running = append(b.running, p)
	if err := b.awaitPort(ctx, p, b.port(srv.port)); err != nil {
		return err
	}
	return b.pinAgain(srv.name, p)
}

// pinAgain puts a server back on its CPUs: Traffic Server binds its threads
// to the whole machine.
func (b *bench) pinAgain(name string, p *process) error {
	for _, k := range family(p.cmd.Process.Pid) {
		place := b.serverPrefix(name)[:3] // taskset -c LIST
		if err := runQuietly(place[0], "-a", "-p", place[1], place[2], strconv.Itoa(k.pid)); err != nil && k.runs() {
			return err
		}
	}
	return nil
}

// stopServers ends what startServers started, the last first.
func (b *bench) stopServers() {
	for _, p := range slices.Backward(b.running) {
		p.stop(3 * time.Second)
	}
	b.running = nil
}

// processes returns the running processes of the named servers.
func (b *bench) processes(names []string) []*process {
	var found []*process
	for _, p := range b.running {
		if slices.Contains(names, p.name) {
			found = append(found, p)
		}
	}
	return found
}

// awaitPort waits until the process takes connections.
func (b *bench) awaitPort(ctx context.Context, p *process, port string) error {
	for range 200 {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("ended at once: %s", p.tail())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("takes no connections: %s", p.tail())
}

// port returns the port of a name, a free one at its first use.
func (b *bench) port(name string) string {
	if b.ports[name] == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err) // the machine has no loopback, or no free port
		}
		_, b.ports[name], _ = net.SplitHostPort(l.Addr().String()) // a listener's address is one
		l.Close()
	}
	return b.ports[name]
}

var placeholder = regexp.MustCompile(`@(?:port:)?[a-z0-9-]+@`)

// render fills in a template for a server. That of groundfront serves for
// several of them, which differ by name.
func (b *bench) render(name, server string) (string, error) {
	content, err := kit.ReadFile("conf/" + name)
	if err != nil {
		return "", err
	}
	var unknown error
	text := string(content)
	if slices.Contains([]string{"overlay", "before", "unguarded"}, server) {
		text = strings.ReplaceAll(text, "groundfront", server)
	}
	filled := placeholder.ReplaceAllStringFunc(text, func(p string) string {
		p = strings.Trim(p, "@")
		if port, ok := strings.CutPrefix(p, "port:"); ok {
			return b.port(port)
		}
		switch p {
		case "dir":
			return b.dir
		case "workers":
			return strconv.Itoa(len(b.serverCPUs()))
		case "files":
			return strconv.FormatUint(b.files, 10)
		}
		unknown = fmt.Errorf("%s: unknown placeholder %s", name, p)
		return ""
	})
	return filled, unknown
}

// path returns a path below the work directory.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// openFolder makes a folder that servers may write to which give up root.
func (b *bench) openFolder(name string) error {
	if err := os.MkdirAll(b.path(name), 0o777); err != nil {
		return err
	}
	return os.Chmod(b.path(name), 0o777) // whatever the umask is
}

// prepareWork fills the work directory: the kit's files, the origin's
// content, a certificate.
func (b *bench) prepareWork() error {
	if err := os.Chmod(b.dir, 0o755); err != nil { // for servers that give up root
		return err
	}
	for _, folder := range []string{"floor", "lua"} {
		part, err := fs.Sub(kit, folder)
		if err != nil {
			return err
		}
		if err := os.CopyFS(b.path(folder), part); err != nil {
			return err
		}
	}
	if err := os.Mkdir(b.path("www"), 0o755); err != nil {
		return err
	}
	for name, kib := range map[string]int{"1k.json": 1, "16k.json": 16, "256k.json": 256} {
		if err := os.WriteFile(b.path("www/"+name), content(kib<<10), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(b.prepareFirewall(), b.writeCertificates())
}

// content returns n bytes of JSON that look like an API's.
func content(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"items":[`)
	for id := uint32(1); b.Len() < n-80; id = id*1664525 + 1013904223 {
		fmt.Fprintf(&b, `{"id":%d,"sku":"%08x","qty":%d},`, id%1000000, id, id>>8%99)
	}
	b.WriteString(`{"id":0}],"pad":"`)
	for b.Len() < n-2 {
		b.WriteByte('x')
	}
	b.WriteString(`"}`)
	return b.Bytes()
}

// writeCertificates makes the self-signed certificates of all servers.
func (b *bench) writeCertificates() error {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return errors.Join(b.writeCertificate("", p256), b.writeCertificate("rsa-", rsa2048))
}

// writeCertificate writes the certificate of a key to files whose names begin with
// prefix.
func (b *bench) writeCertificate(prefix string, key crypto.Signer) error {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 0, 7),
		DNSNames: []string{"bench.test", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for name, content := range map[string][]byte{"cert.pem": cert, "key.pem": secret, "both.pem": slices.Concat(cert, secret)} {
		// Readable by servers that give up root before they read it; it is
		// worth nothing.
		if err := os.WriteFile(b.path(prefix+name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// runQuietly runs a command and returns what it printed if it fails.
func runQuietly(argv ...string) error {
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, out)
	}
	return nil
}
