// The steps that the scripts ask of one mongod, run by mongosh. MONGO_STEP names the step. Passwords are read from files;
// none is printed, and errors are told by their message alone.
//
// Calls to the server stand in plain functions, never in a callback: mongosh cannot wait for them there.
const fs = require('fs');

const env = process.env;
const admin = db.getSiblingDB('admin');
const bare = (host) => host.replace(/:27017$/, '');
const credentials = (name) => JSON.parse(fs.readFileSync(`${env.MONGO_SECRETS}/${name}.json`, 'utf8'));

function login(name) {
  const who = credentials(name);
  admin.auth(who.username, who.password);
}

// hello needs no password. A member of another set is no answer to the question.
function hello() {
  const answer = admin.runCommand({hello: 1});
  if (answer.setName && answer.setName !== env.MONGO_SET) {
    throw new Error(`a member of the set ${answer.setName}`);
  }
  const state = !answer.setName ? 'none' : answer.isWritablePrimary ? 'primary' : 'member';
  print(`${state} ${answer.primary ? bare(answer.primary) : '-'}`);
}

// An even number of voters outlives no more of them than one voter fewer, and is one more to lose. So the last of an even
// number has the data and no vote, until another member comes. https://www.mongodb.com/docs/manual/core/replica-set-architectures/
const seat = (number) => (number % 2 === 0 ? {votes: 0, priority: 0} : {});

// Names, never addresses: a replaced member keeps its name, and clients resolve it.
function initiate() {
  const hosts = env.MONGO_MEMBERS.split(' ');
  const members = hosts.map((host, index) => ({_id: index, host: `${host}:27017`}));
  Object.assign(members[hosts.length - 1], seat(hosts.length));
  admin.runCommand({replSetInitiate: {_id: env.MONGO_SET, members}});
  print(`initiated ${env.MONGO_SET} with ${env.MONGO_MEMBERS}`);
}

// add is asked of the primary by a member that the set does not know yet. The server takes one new voter at a time and
// lets it vote when it has the data.
function add() {
  login('admin');
  const config = admin.runCommand({replSetGetConfig: 1}).config;
  const host = `${env.MONGO_SELF}:27017`;
  if (config.members.some((member) => member.host === host)) {
    return;
  }
  const voteless = config.members.find((member) => member.votes === 0);
  if (voteless) {
    Object.assign(voteless, {votes: 1, priority: 1});
    reconfigure(config);
  }
  const next = Math.max(...config.members.map((member) => member._id)) + 1;
  config.members.push({_id: next, host, ...seat(config.members.length + 1)});
  reconfigure(config);
  print(`added ${env.MONGO_SELF}`);
}

// reconfigure comes back when most members have the configuration, so that the next one may follow.
// https://www.mongodb.com/docs/manual/reference/command/replSetReconfig/
function reconfigure(config) {
  config.version += 1;
  admin.runCommand({replSetReconfig: config});
}

// users is asked of the primary over its loopback. While there is no user, the localhost exception allows to make the
// first one; afterwards the administrator has to log in.
function users() {
  try {
    login('admin');
  } catch (error) {
    if (error.code !== 18) { // AuthenticationFailed: there is no such user, or it has another password
      throw error;
    }
    create('admin', ['root']);
    login('admin');
  }
  const monitor = credentials('monitor').username;
  if (admin.runCommand({usersInfo: monitor}).users.length === 0) {
    create('monitor', ['clusterMonitor', 'backup']);
  }
}

function create(name, roles) {
  const who = credentials(name);
  admin.runCommand({
    createUser: who.username,
    pwd: who.password,
    roles: roles.map((role) => ({role, db: 'admin'})),
    writeConcern: {w: 'majority', wtimeout: 60000},
  });
  print(`created the user ${who.username}`);
}

// backupSource names the same member whoever asks: a hidden secondary before others, then the lowest index.
function backupSource() {
  login('monitor');
  const status = admin.runCommand({replSetGetStatus: 1});
  const config = admin.runCommand({replSetGetConfig: 1}).config;
  const hidden = config.members.filter((member) => member.hidden).map((member) => member._id);
  const order = (member) => (hidden.includes(member._id) ? 0 : 1);
  const secondaries = status.members.filter((member) => member.state === 2 && member.health === 1);
  secondaries.sort((a, b) => order(a) - order(b) || a._id - b._id);
  if (secondaries.length === 0) {
    throw new Error('no healthy secondary');
  }
  print(bare(secondaries[0].name));
}

function metrics() {
  login('monitor');
  const status = admin.runCommand({replSetGetStatus: 1});
  const self = status.members.find((member) => member.self);
  const primary = status.members.find((member) => member.state === 1);
  const oplog = db.getSiblingDB('local').getCollection('oplog.rs');
  const first = oplog.find().sort({$natural: 1}).limit(1).toArray();
  const last = oplog.find().sort({$natural: -1}).limit(1).toArray();
  const healthy = self.state === 1 || self.state === 2;
  const answer = {healthy: healthy ? 1 : 0};
  if (healthy && primary) {
    answer.lagSeconds = Math.max(0, (primary.optimeDate - self.optimeDate) / 1000);
  }
  if (first.length === 1) {
    answer.oplogHours = (last[0].wall - first[0].wall) / 3600000;
  }
  print(JSON.stringify(answer));
}

try {
  switch (env.MONGO_STEP) {
    case 'hello': hello(); break;
    case 'initiate': initiate(); break;
    case 'add': add(); break;
    case 'users': users(); break;
    case 'login': login('admin'); break;
    case 'backup-source': backupSource(); break;
    case 'metrics': metrics(); break;
    default: throw new Error(`no step ${env.MONGO_STEP}`);
  }
} catch (error) {
  console.error(`${env.MONGO_STEP}: ${error.codeName || error.name}: ${error.message}`);
  quit(1);
}
