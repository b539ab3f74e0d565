package tutor

import _ "embed"

// authoritiesProgram gets the authorities, before the pod begins.
//
//go:embed files/authorities.py
var authoritiesProgram string

// Where a pod finds the authorities that its operating system does not know.
const (
	authorities       = "authorities"
	authoritiesFolder = "/openedx/authorities"
)

// file is where a store's authority lies in a pod; empty where the operating system knows it.
func (a Authority) file(store string) string {
	if !a.given() {
		return ""
	}
	return authoritiesFolder + "/" + store + ".pem"
}

// fetches tells whether pods have to get an authority before they begin.
func (i Instance) fetches() bool { return i.MySQL.given() || i.Mongo.given() }

// fetcher is the container that gets the authorities. It is of the image of Open edX, which the node has to have anyway:
// that has Python, and no certificates but Debian's.
//
// AWS signs the databases of each region with authorities of their own, adds new ones, and offers them all in one file.
// Whoever makes the accounts in the stores fetches it in the same way.
func (i Instance) fetcher() object {
	environment := []object{
		{"name": "AUTHORITIES", "value": authoritiesFolder},
		{"name": "SSL_CERT_FILE", "value": "/etc/ssl/certs/ca-certificates.crt"},
	}
	for _, one := range []struct {
		store     string
		authority Authority
	}{{"MYSQL", i.MySQL}, {"MONGODB", i.Mongo}} {
		if one.authority.PEM != "" {
			environment = append(environment, object{"name": one.store + "_AUTHORITY", "value": one.authority.PEM})
		} else if one.authority.URL != "" {
			environment = append(environment, object{"name": one.store + "_AUTHORITY_URL", "value": one.authority.URL})
		}
	}
	return object{
		"name": authorities, "image": "{{ DOCKER_IMAGE_OPENEDX }}",
		"command": []string{"python3", "-c", authoritiesProgram}, "env": environment,
		"volumeMounts": []object{{"name": authorities, "mountPath": authoritiesFolder}},
		"resources": object{
			"requests": object{"cpu": "50m", "memory": "64Mi"}, "limits": object{"memory": "256Mi"},
		},
		"securityContext": object{
			"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}, "readOnlyRootFilesystem": true,
		},
	}
}
