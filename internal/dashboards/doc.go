// Package dashboards says what of a platform is watched: the rules that Prometheus
// evaluates and the dashboards that Grafana shows. It imports the standard library
// and the names of instances only; what is specific to a cloud it is told.
package dashboards
