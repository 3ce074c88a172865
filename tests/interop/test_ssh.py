"""OpenSSH: keys of the module in ssh-keygen and ssh-agent."""
import subprocess

import interop
import kinko


@interop.needs("ssh-keygen", "ssh-agent", "ssh-add", "openssl")
class SshTest(interop.InteropTest):
    def setUp(self):
        super().setUp()
        self.asking = self.path("askpass")
        self.asking.write_text(f"#!/bin/sh\ncat {self.pin_file}\n")
        self.asking.chmod(0o700)

    def public_keys(self):
        """Of each line the key itself: kind and base64."""
        listed = self.several("ssh-keygen", "-D", interop.MODULE)
        return [line.split()[:2] for line in listed.out.splitlines()]

    def of_certificate(self):
        """The same key, as ssh-keygen reads it from the certificate's own public key."""
        said = self.verify("ssh-keygen", "-i", "-m", "PKCS8", "-f", self.public_key)
        return said.out.split()[:2]

    def start_agent(self):
        """Its process, and the variables that lead to it."""
        place = self.path(f"agent-{self.kind}")
        agent = subprocess.Popen(
            ["ssh-agent", "-D", "-a", place, "-P", f"{interop.MODULE.parent}/*"],
            env=self.environment(), stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        kinko.wait_until(place.exists, what="the agent")
        return agent, {"SSH_AUTH_SOCK": str(place), "SSH_ASKPASS": str(self.asking),
                "SSH_ASKPASS_REQUIRE": "force"}

    def test_ssh_keygen_lists_the_key(self):
        for _ in self.kinds():
            self.assertIn(self.of_certificate(), self.public_keys())
            self.works("ssh-keygen -D", "lists the public key", "ssh-keygen -i, from the "
                       "certificate")

    def test_an_agent_signs(self):
        for _ in self.kinds():
            process, agent = self.start_agent()
            self.once("ssh-add", "-s", interop.MODULE, more=agent)
            key = self.path("key.pub")
            key.write_text(" ".join(self.of_certificate()) + " DEMO\n")
            signature = self.path("message.sig")
            for _ in range(interop.TIMES):
                signature.unlink(missing_ok=True)
                self.once("ssh-keygen", "-Y", "sign", "-f", key, "-n", "file", self.message,
                          more=agent)
            allowed = self.path("allowed")
            allowed.write_text("demo " + key.read_text())
            check = ("ssh-keygen", "-Y", "verify", "-f", allowed, "-I", "demo", "-n", "file", "-s",
                     signature)
            self.assertIn("Good", self.verify(*check, stdin=self.message.read_bytes()).out)
            self.verify(*check, stdin=b"another message", exit_code=255)
            self.once("ssh-add", "-e", interop.MODULE, more=agent)
            process.terminate()
            self.assertIn(process.wait(), (0, 2), "the agent")
            self.works("ssh-agent, ssh-keygen -Y sign", "signs a file",
                       "ssh-keygen -Y verify without the agent")
