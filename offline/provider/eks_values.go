package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// subnets are all subnets of the cluster, the public ones first.
func (a *clusterArgs) subnets() pulumi.Input {
	if a.SubnetIDs != nil {
		return a.SubnetIDs
	}
	var parts []any
	for _, ids := range []pulumi.StringArrayInput{a.PublicSubnetIDs, a.PrivateSubnetIDs} {
		if ids != nil {
			parts = append(parts, ids)
		}
	}
	return pulumi.All(parts...).ApplyT(func(lists []any) ([]string, error) {
		var all []string
		for _, list := range lists {
			ids, ok := list.([]string)
			if !ok {
				return nil, fmt.Errorf("subnet ids are %T", list)
			}
			all = append(all, ids...)
		}
		return all, nil
	})
}

// layered joins tags; the later ones win, as in pulumi-eks.
func layered(first pulumi.Input, others ...pulumi.StringMapInput) pulumi.Output {
	layers := []any{first}
	for _, tags := range others {
		if tags != nil {
			layers = append(layers, tags)
		}
	}
	return pulumi.All(layers...).ApplyT(func(layers []any) (map[string]string, error) {
		joined := map[string]string{}
		for _, layer := range layers {
			tags, ok := layer.(map[string]string)
			if !ok {
				return nil, fmt.Errorf("tags are %T", layer)
			}
			maps.Copy(joined, tags)
		}
		return joined, nil
	})
}

func issuerOf(control *child) pulumi.Output {
	return control.Identities.ApplyT(func(identities any) (string, error) {
		data, err := json.Marshal(identities)
		if err != nil {
			return "", err
		}
		var parsed []struct {
			Oidcs []struct {
				Issuer string `json:"issuer"`
			} `json:"oidcs"`
		}
		if err := json.Unmarshal(data, &parsed); err != nil || len(parsed) == 0 || len(parsed[0].Oidcs) == 0 {
			return "", err
		}
		return parsed[0].Oidcs[0].Issuer, nil
	})
}

// kubeconfigOf builds what pulumi-eks builds: a user that asks the AWS command
// line for a token.
func kubeconfigOf(control *child) pulumi.Output {
	return pulumi.All(control.Name, control.Endpoint, control.CertificateAuthority, control.Arn).ApplyT(
		func(parts []any) (map[string]any, error) {
			name, endpoint, arn := fmt.Sprint(parts[0]), fmt.Sprint(parts[1]), strings.Split(fmt.Sprint(parts[3]), ":")
			authority, ok := parts[2].(map[string]any)
			if !ok || len(arn) < 4 {
				return nil, fmt.Errorf("cluster %q: no certificate authority or region", name)
			}
			return map[string]any{
				"apiVersion": "v1", "kind": "Config", "current-context": "aws",
				"clusters": []any{map[string]any{"name": "kubernetes", "cluster": map[string]any{
					"server": endpoint, "certificate-authority-data": authority["data"],
				}}},
				"contexts": []any{map[string]any{"name": "aws", "context": map[string]any{"cluster": "kubernetes", "user": "aws"}}},
				"users": []any{map[string]any{"name": "aws", "user": map[string]any{"exec": map[string]any{
					"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws",
					"args": []any{"--region", arn[3], "eks", "get-token", "--cluster-name", name, "--output", "json"},
					"env": []any{map[string]any{
						"name": "KUBERNETES_EXEC_INFO", "value": `{"apiVersion": "client.authentication.k8s.io/v1beta1"}`,
					}},
				}}}},
			}, nil
		})
}

// networkVariables are the settings of the network add-on: the argument, the
// variable it becomes, and what pulumi-eks sets if it is not given.
// https://github.com/pulumi/pulumi-eks/blob/v3.9.1/nodejs/eks/addons/cni-addon.ts
var networkVariables = []struct{ argument, variable, fallback string }{
	{"nodePortSupport", "AWS_VPC_CNI_NODE_PORT_SUPPORT", ""},
	{"warmEniTarget", "WARM_ENI_TARGET", "1"},
	{"warmIpTarget", "WARM_IP_TARGET", ""},
	{"warmPrefixTarget", "WARM_PREFIX_TARGET", ""},
	{"enablePrefixDelegation", "ENABLE_PREFIX_DELEGATION", ""},
	{"logLevel", "AWS_VPC_K8S_CNI_LOGLEVEL", "DEBUG"},
	{"logFile", "AWS_VPC_K8S_CNI_LOG_FILE", "/host/var/log/aws-routed-eni/ipamd.log"},
	{"vethPrefix", "AWS_VPC_K8S_CNI_VETHPREFIX", "eni"},
	{"eniMtu", "AWS_VPC_ENI_MTU", "9001"},
	{"eniConfigLabelDef", "ENI_CONFIG_LABEL_DEF", ""},
	{"pluginLogLevel", "AWS_VPC_K8S_PLUGIN_LOG_LEVEL", "DEBUG"},
	{"pluginLogFile", "AWS_VPC_K8S_PLUGIN_LOG_FILE", "/var/log/aws-routed-eni/plugin.log"},
	{"enablePodEni", "ENABLE_POD_ENI", "false"},
	{"cniConfigureRpfilter", "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER", ""},
	{"cniCustomNetworkCfg", "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "false"},
	{"cniExternalSnat", "AWS_VPC_K8S_CNI_EXTERNALSNAT", "false"},
}

// networkConfiguration is the configuration of the network add-on.
func networkConfiguration(options map[string]pulumi.AnyOutput) pulumi.Output {
	names := slices.Sorted(maps.Keys(options))
	values := make([]any, 0, len(names))
	for _, name := range names {
		values = append(values, options[name])
	}
	return pulumi.All(values...).ApplyT(func(values []any) map[string]any {
		given := map[string]any{}
		for i, name := range names {
			given[name] = values[i]
		}
		variables := map[string]any{}
		for _, setting := range networkVariables {
			if value, ok := given[setting.argument]; ok {
				variables[setting.variable] = fmt.Sprint(value)
			} else if setting.fallback != "" {
				variables[setting.variable] = setting.fallback
			}
		}
		early := "false"
		if value, ok := given["disableTcpEarlyDemux"]; ok {
			early = fmt.Sprint(value)
		}
		configuration := map[string]any{
			"env": variables, "init": map[string]any{"env": map[string]any{"DISABLE_TCP_EARLY_DEMUX": early}},
		}
		if policy, ok := given["enableNetworkPolicy"]; ok {
			configuration["enableNetworkPolicy"] = fmt.Sprint(policy)
		}
		if own, ok := given["configurationValues"].(map[string]any); ok {
			maps.Copy(configuration, own)
		}
		return configuration
	})
}
