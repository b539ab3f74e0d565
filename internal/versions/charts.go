package versions

// Chart is a chart of the platform's add-ons, pinned.
type Chart struct {
	// Name is the chart's own, and that of its release in the cluster.
	Name string
	// Repository is where Helm fetches it: an https:// address of a repository, or
	// an oci:// address that ends with the chart's name.
	Repository string
	Version    string
	// Module and Folder say where the same chart, at the same version, is found as
	// source through the Go module proxy: tests render it from there. Module is empty
	// where no module holds it.
	Module, Folder string
}
