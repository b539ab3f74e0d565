package behaviour

import "encoding/json"

// Refusal is something that the provider will not do. It stands where all of If
// hold and, if there are any, not all of Unless do. While a value is unknown it
// waits.
type Refusal struct {
	// Deleting is set for what keeps a resource from being deleted; other refusals
	// are about creation and updates.
	Deleting bool       `json:"deleting"`
	Property string     `json:"property"`
	Code     string     `json:"code"`
	Reason   string     `json:"reason"`
	If       Conditions `json:"if"`
	Unless   Conditions `json:"unless"`
}

// Conditions say what a text must be. A text without placeholders is a
// type.property: some resource of the type must have such a property.
type Conditions map[string]Condition

// Condition is a form that a text must have, or a text to compare it with.
type Condition struct {
	Pattern Pattern `json:"-"`
	Equals  string  `json:"equals"`
	// In holds the allowed texts, with commas between.
	In string `json:"in"`
	// Below is a number that must be greater.
	Below string `json:"below"`
	// Ends is how the text must end.
	Ends string `json:"ends"`
}

// UnmarshalJSON takes a lone text for a pattern.
func (c *Condition) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &c.Pattern)
	}
	type plain Condition
	return json.Unmarshal(data, (*plain)(c))
}
