// Stands in for mongosh and the mongods behind it: runs the real mongo.js against a replica set that is a JSON file. It keeps
// the rules of mongod that the scripts rely on: who may do what without a password, who may initiate, who may write. Each
// command is logged without its password.
//
// One process answers all tests, because starting a JavaScript engine for each call would take most of their time. It
// prints its port and ends with the test that started it. A connection carries one request: the words, an empty line, the
// environment, a line with a dot. The answer is the exit code, then the output with 1 or 2 before each line.
const fs = require('fs');
const net = require('net');
const vm = require('vm');

function fail(code, codeName, message) {
  const error = new Error(message);
  error.code = code;
  error.codeName = codeName;
  throw error;
}

// The state of the set also says which names have an address and how often the scripts slept.
function answerTo(command, argv, env) {
  const path = `${env.CLOUD}/set.json`;
  const set = JSON.parse(fs.readFileSync(path, 'utf8'));
  const save = () => fs.writeFileSync(path, JSON.stringify(set));
  switch (command) {
    case 'mongosh': {
      const answer = mongosh(argv, env, set);
      save();
      return answer;
    }
    case 'start':
      set.hosts[env.SELF].up = true;
      save();
      return {code: 0, out: '', err: ''};
    case 'sleep':
      set.sleeps += 1;
      save();
      return {code: 0, out: `${set.sleeps}\n`, err: ''};
    default: { // getent ahosts NAME
      const resolves = argv[1] === 'localhost' || set.sleeps >= (set.hosts[argv[1]]?.resolvesAfter || 0);
      return {code: resolves ? 0 : 2, out: '', err: ''};
    }
  }
}

function mongosh(argv, env, set) {
  const argument = (name) => argv[argv.indexOf(name) + 1];
  const asked = new URL(argv[0]).hostname;
  const loopback = asked === 'localhost';
  const host = loopback ? env.SELF : asked;
  const state = (name) => set.hosts[name];
  const up = (name) => Boolean(state(name) && (state(name).up || state(name).upAfter <= set.sleeps));

  if (!up(host) || !fs.existsSync(argument('--tlsCAFile'))) {
    return {code: 1, out: '', err: 'MongoNetworkError: connect ECONNREFUSED\n'};
  }

  let user = '';
  const needUser = () => user || fail(13, 'Unauthorized', 'requires authentication');
  const needPrimary = () => set.primary === host || fail(10107, 'NotWritablePrimary', 'not primary');

  const commands = {
    hello() {
      const listed = set.config && set.config.members.some((member) => member.host === `${host}:27017`);
      if (listed && set.primary && set.sleeps >= (set.hearsAfter || 0)) {
        state(host).in = true; // a heartbeat of the primary
      }
      if (!state(host).in) {
        return {isreplicaset: true, info: 'Does not have a valid replica set config'};
      }
      const primary = set.primary ? {primary: `${set.primary}:27017`} : {};
      return {setName: set.name || set.config._id, isWritablePrimary: set.primary === host, ...primary};
    },
    replSetInitiate(command) {
      const config = command.replSetInitiate;
      if (!loopback || state(host).in) fail(23, 'AlreadyInitialized', 'already initialized');
      for (const member of config.members) {
        const name = member.host.replace(':27017', '');
        if (!up(name) || state(name).in) fail(74, 'NodeNotFound', `${name} did not respond affirmatively`);
      }
      set.config = {...config, version: 1};
      config.members.forEach((member) => { state(member.host.replace(':27017', '')).in = true; });
      set.primary = set.elects || host;
    },
    createUser(command) {
      needPrimary();
      if (!(loopback && Object.keys(set.users).length === 0)) needUser();
      set.users[command.createUser] = {pwd: command.pwd, roles: command.roles.map((role) => `${role.role}@${role.db}`)};
    },
    usersInfo(command) {
      needUser();
      return {users: set.users[command.usersInfo] ? [{user: command.usersInfo}] : []};
    },
    replSetGetConfig() {
      needUser();
      return {config: JSON.parse(JSON.stringify(set.config))};
    },
    replSetReconfig(command) {
      needUser();
      needPrimary();
      const voters = (config) => config.members.filter((member) => member.votes !== 0).map((member) => member.host);
      const before = voters(set.config);
      const after = voters(command.replSetReconfig);
      const changed = [...before.filter((host) => !after.includes(host)), ...after.filter((host) => !before.includes(host))];
      if (changed.length > 1 || command.replSetReconfig.version !== set.config.version + 1) fail(103, 'NewReplicaSetConfigurationIncompatible', 'one at a time');
      set.config = JSON.parse(JSON.stringify(command.replSetReconfig));
    },
    replSetGetStatus() {
      needUser();
      return {members: set.config.members.map((member) => {
        const name = member.host.replace(':27017', '');
        const self = name === host ? {self: true} : {};
        const well = up(name) ? state(name).state || (set.primary === name ? 1 : 2) : 8;
        return {_id: member._id, name: member.host, state: well, health: well === 8 ? 0 : 1, optimeDate: new Date(state(name).optime || 0), ...self};
      })};
    },
  };

  function database(name) {
    return {
      getSiblingDB: database,
      auth(who, password) {
        if (!set.users[who] || set.users[who].pwd !== password) fail(18, 'AuthenticationFailed', 'Authentication failed.');
        user = who;
      },
      runCommand(command) {
        const verb = Object.keys(command)[0];
        const {pwd, ...shown} = command;
        fs.appendFileSync(`${env.CLOUD}/commands`, `${env.SELF} ${host} ${verb} ${JSON.stringify(shown)}\n`);
        return {ok: 1, ...commands[verb](command)};
      },
      getCollection() {
        let order = 1;
        const cursor = {
          sort: (by) => { order = by.$natural; return cursor; },
          limit: () => cursor,
          toArray: () => { needUser(); return [{wall: new Date(order === 1 ? set.oplog[0] : set.oplog[1])}]; },
        };
        return {find: () => cursor};
      },
    };
  }

  const answer = {code: 0, out: 'Warning: a line that mongosh may print by itself\n', err: ''};
  const quit = {};
  try {
    vm.runInNewContext(fs.readFileSync(argument('--file'), 'utf8'), {
      db: database('admin'),
      require,
      process: {env},
      print: (line) => { answer.out += `${line}\n`; },
      console: {error: (line) => { answer.err += `${line}\n`; }},
      quit: (code) => { answer.code = code; throw quit; },
    });
  } catch (error) {
    if (error !== quit) throw error;
  }
  return answer;
}

const marked = (mark, text) => text.split('\n').slice(0, -1).map((line) => `${mark}${line}\n`).join('');

const server = net.createServer((connection) => {
  let request = '';
  connection.on('error', () => {}); // a script that a test stopped
  connection.on('data', (part) => {
    request += part;
    if (!request.endsWith('\n.\n')) return;
    const [words, environment] = request.slice(0, -3).split('\n\n');
    const [command, ...argv] = words.split('\n');
    const env = Object.fromEntries(environment.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]));
    let answer;
    try {
      answer = answerTo(command, argv, env);
    } catch (error) {
      answer = {code: 70, out: '', err: `the stand-in for mongosh: ${error.stack}\n`};
    }
    connection.end(`${answer.code}\n${marked(1, answer.out)}${marked(2, answer.err)}`);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
