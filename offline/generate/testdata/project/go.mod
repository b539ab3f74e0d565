module example.org/fixture

require example.org/toy-sdk v1.2.3
