package plan

import (
	"fmt"
	"strconv"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/redis"
)

// Keeping gives the plan what its stack was built with and cannot be given anew without
// making Redis anew, which is the number of its databases, and tells which instances
// have no place there.
func (p Plan) Keeping(before Foundations) (Plan, []config.Problem) {
	if len(before) == 0 {
		return p, nil
	}
	databases, err := strconv.Atoi(before[keyDatabases])
	if err != nil {
		databases = redis.FirstDatabases
	}
	p.Stores.Redis.Databases = databases
	places := redis.Fits(databases)
	var problems []config.Problem
	for _, instance := range p.Instances {
		if instance.Slot >= places {
			problems = append(problems, config.Problem{
				Key: config.Child(config.Child(keyInstances, instance.Slug), "slot"), Got: strconv.Itoa(instance.Slot),
				Want: fmt.Sprintf("is beyond the slots 0 to %d of this stack: its Redis was created with %d databases, two for each, "+
					"a number that it keeps; build the instance in another stack", places-1, databases),
			})
		}
	}
	return p, problems
}
