package config

import (
	"regexp"
	"strconv"
	"strings"
)

// plainKey is a key that can follow a dot in a path; any other needs brackets.
var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// plainWord is an argument that no shell would touch.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

// Child is the path of a key inside another, in the CLI's own notation.
func Child(path, key string) string {
	if plainKey.MatchString(key) {
		return path + "." + key
	}
	return path + "[" + strconv.Quote(key) + "]"
}

// Element is the path of one entry of a list.
func Element(path string, index int) string {
	return path + "[" + strconv.Itoa(index) + "]"
}

// SetCommand is the command that writes a value. It names the stack, because
// another one may be selected where it is typed.
func SetCommand(stack, path, value string) string {
	return "pulumi config set " + pathFlag(path) + quote(path) + " " + quote(value) + stackFlag(stack)
}

// SetTextCommand is SetCommand for a text that the CLI would otherwise store
// as a number or a truth value.
func SetTextCommand(stack, path, value string) string {
	return "pulumi config set --type string " + pathFlag(path) + quote(path) + " " + quote(value) + stackFlag(stack)
}

// SetSecretCommand is the command that asks for a secret value and encrypts it.
func SetSecretCommand(stack, path string) string {
	return "pulumi config set --secret " + quote(path) + stackFlag(stack)
}

// RemoveCommand is the command that removes a key.
func RemoveCommand(stack, path string) string {
	return "pulumi config rm " + pathFlag(path) + quote(path) + stackFlag(stack)
}

// SetListCommand is the command that writes a whole list in place of what is there.
func SetListCommand(stack, path string, values []string) string {
	commands := []string{RemoveCommand(stack, path)}
	for i, value := range values {
		commands = append(commands, SetCommand(stack, Element(path, i), value))
	}
	return strings.Join(commands, " && ")
}

// pathFlag is the flag that a nested key needs and a top-level key must not have.
func pathFlag(path string) string {
	if strings.ContainsAny(path, ".[") {
		return "--path "
	}
	return ""
}

// stackFlag names the stack, where there is one to name.
func stackFlag(stack string) string {
	if stack == "" {
		return ""
	}
	return " --stack " + quote(stack)
}

// quote makes one shell word of an argument.
func quote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
