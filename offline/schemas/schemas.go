// Package schemas carries the generated schema files and nothing else; it
// imports only the standard library.
package schemas

import "embed"

// Files holds one JSON file for each provider package.
//
//go:embed *.json
var Files embed.FS
