package engine

import (
	"strings"

	"github.com/kballard/go-shellquote"
	"github.com/pulumi/pulumi/pkg/v3/engine"
	pulumiconfig "github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// values are the settings as the CLI keeps them in a stack's file.
func (w *world) values() pulumiconfig.Map {
	w.t.Helper()
	values := pulumiconfig.Map{}
	for key, value := range w.settings {
		parsed, err := pulumiconfig.ParseKey(key)
		require.NoError(w.t, err)
		values[parsed] = pulumiconfig.NewValue(value)
		if strings.HasPrefix(value, "{") || strings.HasPrefix(value, "[") {
			values[parsed] = pulumiconfig.NewObjectValue(value)
		}
	}
	return values
}

// step is what an operator does after an edit: look at the preview, type what a
// refusal says, and run it. It returns what was typed too.
func (w *world) step() (operations, []string) {
	w.t.Helper()
	var typed []string
	// What is mended may be refused in another way, but not for ever.
	for range 5 {
		_, err := w.run(engine.Update, true)
		if err == nil {
			break
		}
		more := commands(err)
		require.NotEmpty(w.t, more, "%v", err)
		for _, command := range more {
			w.enter(command)
		}
		typed = append(typed, more...)
	}
	return w.up(), typed
}

// commands are those that a refusal says would mend the settings.
func commands(refusal error) []string {
	var all []string
	for line := range strings.Lines(refusal.Error()) {
		if fix, found := strings.CutPrefix(strings.TrimSpace(line), "fix with: "); found {
			all = append(all, strings.Split(fix, " && ")...)
		}
	}
	return all
}

// enter does to the settings what the CLI would do for a command.
func (w *world) enter(command string) {
	w.t.Helper()
	words, err := shellquote.Split(command)
	require.NoError(w.t, err)
	flags := pflag.NewFlagSet(command, pflag.ContinueOnError)
	path := flags.Bool("path", false, "")
	kind := flags.String("type", "", "")
	flags.String("stack", "", "")
	require.NoError(w.t, flags.Parse(words))
	words = flags.Args()
	require.Subset(w.t, [][]string{{"pulumi", "config", "set"}, {"pulumi", "config", "rm"}}, [][]string{words[:3]}, command)
	key, err := pulumiconfig.ParseKey(words[3])
	require.NoError(w.t, err)
	values := w.values()
	if words[2] == "rm" {
		require.NoError(w.t, values.Remove(key, *path))
	} else {
		value := pulumiconfig.NewValue(words[4])
		if *kind == "string" {
			value = pulumiconfig.NewTypedValue(words[4], pulumiconfig.TypeString)
		}
		require.NoError(w.t, values.Set(key, value, *path))
	}
	w.settings = map[string]string{}
	for each, value := range values {
		text, err := value.Value(pulumiconfig.NopDecrypter)
		require.NoError(w.t, err)
		w.settings[each.String()] = text
	}
}
