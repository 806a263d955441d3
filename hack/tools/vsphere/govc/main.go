// Command govc is VMware's command line client, built over the govmomi module: the project named govc is a nested module
// that the Go module proxy doesn't serve. The commands register themselves in the packages that commands.go imports.
package main

import (
	"os"

	"github.com/vmware/govmomi/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:]))
}
