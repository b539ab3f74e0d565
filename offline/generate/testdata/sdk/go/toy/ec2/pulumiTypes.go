package ec2

type BoxLid struct {
	Colour *string `pulumi:"colour"`
	// Changing this forces a new resource.
	Hinge  *string  `pulumi:"hinge"`
	Inner  *BoxLid  `pulumi:"inner"`
	Keys   []string `pulumi:"keys"`
	Paint  *string  `pulumi:"paint"`
	Weight int      `pulumi:"weight"`
}

type BoxSticker struct {
	Text string `pulumi:"text"`
}

type BoxNeverReached struct {
	Text string `pulumi:"text"`
}

type BoxStatus struct {
	Text string `pulumi:"text"`
}
