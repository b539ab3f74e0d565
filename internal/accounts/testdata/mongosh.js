// A stand-in for mongosh and for the server behind it: it runs the file named by --file with the few calls that the
// project's program makes, keeps the users in the file $FAKE_SERVER, and records each call that would write.
const fs = require('fs');
const vm = require('vm');

const store = process.env.FAKE_SERVER;
const server = JSON.parse(fs.readFileSync(store, 'utf8'));
const keep = () => fs.writeFileSync(store, JSON.stringify(server));

const refuse = (code, codeName) => {
  throw Object.assign(new Error(`MongoServerError: ${codeName}`), { code, codeName });
};

const connect = (text) => {
  const uri = new URL(text);
  const options = Object.fromEntries(uri.searchParams);
  server.connections.push({ host: uri.host, database: uri.pathname, credentials: uri.username + uri.password, options });
  keep();
  let who = null;
  const administrator = () => {
    if (who !== server.administrator) refuse(13, 'Unauthorized');
  };
  const write = (call, name, change) => {
    administrator();
    server.writes.push({ call, name, fields: Object.keys(change).sort() });
    keep();
  };
  return {
    auth({ user, pwd }) {
      if (server.down) refuse(6, 'HostUnreachable');
      if (!server.users[user] || server.users[user].pwd !== pwd) refuse(18, 'AuthenticationFailed');
      who = user;
    },
    getUser(name) {
      administrator();
      const user = server.users[name];
      return user ? { _id: `admin.${name}`, user: name, db: 'admin', roles: user.roles, mechanisms: user.mechanisms } : null;
    },
    createUser(document) {
      const { user, ...rest } = document;
      if (server.users[user]) refuse(51003, 'Location51003');
      write('createUser', user, rest);
      server.users[user] = rest;
      keep();
    },
    updateUser(name, change) {
      if (!server.users[name]) refuse(11, 'UserNotFound');
      write('updateUser', name, change);
      Object.assign(server.users[name], change);
      keep();
    },
  };
};

const file = process.argv[process.argv.indexOf('--file') + 1];
vm.runInNewContext(fs.readFileSync(file, 'utf8'), { connect, require, process, print: console.log }, { filename: file });
