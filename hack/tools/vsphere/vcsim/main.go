// Command vcsim serves govmomi's vCenter simulator: the vCenter of somebody else that our client has to work with.
// It prints one line of JSON with its URL when it listens and ends on SIGINT or SIGTERM, its temporary files removed.
// Unlike a plain use of the library it makes task delays work: simulator.TaskDelay is global and empty by default.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/vmware/govmomi/simulator"

	// The other endpoints of a vCenter; each adds itself when it is imported.
	_ "github.com/vmware/govmomi/cns/simulator"
	_ "github.com/vmware/govmomi/eam/simulator"
	_ "github.com/vmware/govmomi/lookup/simulator"
	_ "github.com/vmware/govmomi/pbm/simulator"
	_ "github.com/vmware/govmomi/ssoadmin/simulator"
	_ "github.com/vmware/govmomi/sts/simulator"
	_ "github.com/vmware/govmomi/vapi/appliance/simulator"
	_ "github.com/vmware/govmomi/vapi/cis/tasks/simulator"
	_ "github.com/vmware/govmomi/vapi/cluster/simulator"
	_ "github.com/vmware/govmomi/vapi/crypto/simulator"
	_ "github.com/vmware/govmomi/vapi/esx/settings/clusters/vms/simulator"
	_ "github.com/vmware/govmomi/vapi/esx/settings/simulator"
	_ "github.com/vmware/govmomi/vapi/namespace/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
	_ "github.com/vmware/govmomi/vapi/vcenter/consumptiondomains/simulator"
	_ "github.com/vmware/govmomi/vapi/vm/simulator"
	_ "github.com/vmware/govmomi/vsan/simulator"
	_ "github.com/vmware/govmomi/vslm/simulator"
)

// delays is the flag -method-delay: "CloneVm:2000,LockHandoff:0", milliseconds by method or task name.
type delays map[string]int

func (d delays) String() string { return fmt.Sprint(map[string]int(d)) }

func (d delays) Set(value string) error {
	for _, entry := range strings.Split(value, ",") {
		name, text, found := strings.Cut(entry, ":")
		milliseconds, err := strconv.Atoi(text)
		if !found || name == "" || err != nil || milliseconds < 0 {
			return fmt.Errorf("%q is not NAME:MILLISECONDS", entry)
		}
		d[name] = milliseconds
	}
	return nil
}

type options struct {
	listen, username, password string
	tls                        bool
}

func parseFlags(model *simulator.Model, arguments []string) (options, error) {
	var o options
	methodDelay := delays{}
	set := flag.NewFlagSet("vcsim", flag.ContinueOnError)
	set.StringVar(&o.listen, "l", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	set.BoolVar(&o.tls, "tls", true, "serve HTTPS with a built-in certificate")
	set.StringVar(&o.username, "username", "user", "the only user that may log in")
	set.StringVar(&o.password, "password", "pass", "that user's password")
	set.IntVar(&model.Datacenter, "dc", model.Datacenter, "number of datacenters")
	set.IntVar(&model.Cluster, "cluster", model.Cluster, "number of clusters a datacenter")
	set.IntVar(&model.ClusterHost, "host", model.ClusterHost, "number of hosts a cluster")
	set.IntVar(&model.Host, "standalone-host", model.Host, "number of standalone hosts a datacenter")
	set.IntVar(&model.Machine, "vm", model.Machine, "number of virtual machines a resource pool")
	set.IntVar(&model.Datastore, "ds", model.Datastore, "number of datastores")
	set.IntVar(&model.Pool, "pool", model.Pool, "number of resource pools a cluster, besides the root")
	set.IntVar(&model.Folder, "folder", model.Folder, "number of folders around a datacenter")
	set.BoolVar(&model.Autostart, "autostart", model.Autostart, "power the virtual machines on")
	set.Var(methodDelay, "method-delay", "delays in ms: CloneVM_Task delays the call, CloneVm the task; LockHandoff:0 lets tasks run in parallel")
	if err := set.Parse(arguments); err != nil {
		return o, err
	}
	if set.NArg() > 0 {
		err := fmt.Errorf("unexpected argument %q", set.Arg(0))
		fmt.Fprintln(os.Stderr, err)
		return o, err
	}
	model.DelayConfig.MethodDelay = methodDelay
	return o, nil
}

func main() {
	model := simulator.VPX()
	o, err := parseFlags(model, os.Args[1:])
	if err == flag.ErrHelp {
		os.Exit(0)
	}
	if err != nil {
		os.Exit(2)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// The library puts its files under TMPDIR; a folder of our own can be removed whatever state the model is in.
	home, err := os.MkdirTemp("", "vcsim-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("TMPDIR", home)

	failed := make(chan error, 1)
	go func() {
		if err := serve(model, o); err != nil {
			failed <- err
		}
	}()
	status := 0
	select {
	case <-signals:
		// The server isn't closed: closing waits for requests in flight, and a WaitForUpdatesEx never ends by itself.
	case err := <-failed:
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.RemoveAll(home)
	os.Exit(status)
}

// serve makes the inventory, listens, says so on standard output and returns; requests are served until the process ends.
func serve(model *simulator.Model, o options) error {
	if err := model.Create(); err != nil {
		return err
	}
	// Only now: a delay during Create would slow down powering on the inventory.
	simulator.TaskDelay = model.DelayConfig

	model.Service.RegisterEndpoints = true
	model.Service.Listen = &url.URL{Host: o.listen, User: url.UserPassword(o.username, o.password)}
	if o.tls {
		model.Service.TLS = new(tls.Config)
	}
	server := model.Service.NewServer()

	address := *server.URL
	address.User = nil
	ready := map[string]string{"url": address.String(), "username": o.username, "password": o.password}
	if o.tls {
		ready["thumbprint"] = thumbprint(server.Certificate())
	}
	return json.NewEncoder(os.Stdout).Encode(ready)
}

// thumbprint is the SHA-256 of the certificate, in pairs of hex digits with colons.
func thumbprint(certificate *x509.Certificate) string {
	pairs := make([]string, sha256.Size)
	for i, b := range sha256.Sum256(certificate.Raw) {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}
