// Command argocd-lua runs the scripts of an argocd-cm in Argo CD's own Lua virtual machine, many objects at once: its health
// verdicts, which resource actions it offers and what an action does. One JSON document in on standard input, one out.
// The ConfigMap is read by Argo CD's own settings code, so a key that Argo CD wouldn't understand isn't understood here.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apiclient/application"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/argo-cd/v3/util/settings"
)

type request struct {
	// "health", "actions" (which are offered) or "action" (what Action does).
	Ask        string                     `json:"ask"`
	Action     string                     `json:"action"`
	Parameters map[string]string          `json:"parameters"`
	Object     *unstructured.Unstructured `json:"object"`
}

type input struct {
	// The data of argocd-cm.
	ConfigMap map[string]string `json:"configMap"`
	Requests  []request         `json:"requests"`
}

type answer struct {
	Health  any    `json:"health,omitempty"`
	Actions any    `json:"actions,omitempty"`
	Result  any    `json:"result,omitempty"`
	Error   string `json:"error,omitempty"`
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("argocd-lua: ")
	logrus.SetOutput(io.Discard)
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		log.Fatal(err)
	}
	overrides, err := readOverrides(context.Background(), in.ConfigMap)
	if err != nil {
		log.Fatal(err)
	}
	answers := make([]answer, 0, len(in.Requests))
	for _, r := range in.Requests {
		answers = append(answers, respond(overrides, r))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func readOverrides(ctx context.Context, data map[string]string) (map[string]v1alpha1.ResourceOverride, error) {
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: name, Namespace: "argocd", Labels: map[string]string{"app.kubernetes.io/part-of": "argocd"}}
	}
	configMap := &corev1.ConfigMap{ObjectMeta: meta(common.ArgoCDConfigMapName), Data: data}
	secret := &corev1.Secret{ObjectMeta: meta(common.ArgoCDSecretName), Data: map[string][]byte{"server.secretkey": []byte("unused")}}
	manager := settings.NewSettingsManager(ctx, fake.NewClientset(configMap, secret), "argocd")
	if err := manager.ResyncInformers(); err != nil {
		return nil, err
	}
	return manager.GetResourceOverrides()
}

func respond(overrides map[string]v1alpha1.ResourceOverride, r request) (a answer) {
	var err error
	switch r.Ask {
	case "health":
		a.Health, err = lua.ResourceHealthOverrides(overrides).GetResourceHealth(r.Object)
	case "actions":
		a.Actions, err = discover(lua.VM{ResourceOverrides: overrides}, r)
	case "action":
		a.Result, err = act(lua.VM{ResourceOverrides: overrides}, r)
	default:
		err = fmt.Errorf("unknown request %q", r.Ask)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return a
}

func discover(vm lua.VM, r request) (any, error) {
	scripts, err := vm.GetResourceActionDiscovery(r.Object)
	if err != nil {
		return nil, err
	}
	return vm.ExecuteResourceActionDiscovery(r.Object, scripts)
}

func act(vm lua.VM, r request) (any, error) {
	definition, err := vm.GetResourceAction(r.Object, r.Action)
	if err != nil {
		return nil, err
	}
	parameters := make([]*application.ResourceActionParameters, 0, len(r.Parameters))
	for name, value := range r.Parameters {
		parameters = append(parameters, &application.ResourceActionParameters{Name: &name, Value: &value})
	}
	return vm.ExecuteResourceAction(r.Object, definition.ActionLua, parameters)
}
