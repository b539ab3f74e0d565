package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// block is a part of a hand-written page that follows from the code: what is between
// two comments, which nobody sees who reads the page.
var block = regexp.MustCompile(`(?s)(<!-- figures: ([a-z-]+) -->).*?(<!-- end of figures -->)`)

// figures are the blocks that a page can have, by name.
var figures = map[string]func() (string, error){
	"scale":   scaleFigures,
	"presets": presetFigures,
	"quotas":  quotaFigures,
}

// filled is a page with its blocks as they have to be.
func filled(page string) (string, error) {
	var failed []error
	result := block.ReplaceAllStringFunc(page, func(found string) string {
		parts := block.FindStringSubmatch(found)
		render, known := figures[parts[2]]
		if !known {
			failed = append(failed, fmt.Errorf("there are no figures called %q", parts[2]))
			return found
		}
		text, err := render()
		failed = append(failed, err)
		return parts[1] + text + parts[3]
	})
	return result, errors.Join(failed...)
}

// sizings are the columns of the sizing table, from small to large.
func sizings() []plan.Sizing {
	all := make([]plan.Sizing, 0, len(config.Presets()))
	for _, preset := range config.Presets() {
		if sizing, ok := plan.SizingOf(preset); ok {
			all = append(all, sizing)
		}
	}
	return all
}

// scaleFigures are the most learners that the presets are built for.
func scaleFigures() (string, error) {
	english := message.NewPrinter(language.English)
	var most []string
	for _, sizing := range sizings() {
		most = append(most, english.Sprint(sizing.Learners.Max))
	}
	last := len(most) - 1
	return strings.Join(most[:last], ", ") + " or " + most[last], nil
}
