package iam

type Grade string

const (
	GradeFirst  = Grade("first")
	GradeSecond = Grade("second")
)
